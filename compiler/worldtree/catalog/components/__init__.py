"""Built-in components, one file each."""
