"""The processes around ansible-playbook: the launcher, and a supervisor for each attempt."""
