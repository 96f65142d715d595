"""Plugins that ansible-playbook loads by path; Ansible ignores the __init__.py files."""
