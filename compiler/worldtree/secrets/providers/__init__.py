"""Where secrets come from, one file per provider."""
