"""Documents and roles: validation, plans, bundles, reference."""
