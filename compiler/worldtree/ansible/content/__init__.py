"""A team's Ansible content, read without running it: roles, collections, inventories."""
