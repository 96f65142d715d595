"""The callback plugin, which Ansible loads by path."""
