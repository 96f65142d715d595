"""Commands with `--server`: the same options and output, the work at a service."""
