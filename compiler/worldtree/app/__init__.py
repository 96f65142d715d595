"""The application layer: every operation that the CLI (later also an API and a worker) calls."""
