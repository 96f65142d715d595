"""Checks of the installation, and maintenance of the state."""
