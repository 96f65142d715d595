"""The application service: the only door that the command line (and later API, worker) uses."""
