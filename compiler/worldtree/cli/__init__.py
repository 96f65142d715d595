"""The command line: parses arguments, calls the application and shows results."""
