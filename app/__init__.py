"""The court portal: one package per capability; see docs/architecture.md for what belongs where."""
