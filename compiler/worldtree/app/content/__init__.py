"""Roles, playbooks and files that requests bring along: archives, and git repositories."""
