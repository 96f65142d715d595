"""The REST API and its streams."""
