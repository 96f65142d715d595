"""Built-in pipelines, one file each."""
