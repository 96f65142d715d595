"""The cache plugin, which Ansible loads by path."""
