"""Writes a cluster document that does what playbooks do."""
