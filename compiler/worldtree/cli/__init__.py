"""The command line: parses words, calls the application, draws what it returns."""
