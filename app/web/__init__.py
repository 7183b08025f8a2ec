"""What every page shares: routing, hooks, sessions, forms, errors, languages, assets."""
