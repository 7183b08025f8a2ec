"""The prosecutor's diversion unit: facts of compliance about its own people, and nothing else of a case."""
