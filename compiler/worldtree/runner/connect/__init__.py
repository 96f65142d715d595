"""Ways to hosts beside Ansible: ssh, the connection check, the cleanup of what a run left there."""
