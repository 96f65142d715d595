"""Connections to hosts beside Ansible: ssh, the connection check, the clean-up after a run."""
