"""Ansible's own forms as data: plays, inventories, lookups, and their YAML."""
