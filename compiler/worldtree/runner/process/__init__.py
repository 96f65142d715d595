"""The processes around ansible-playbook: a launcher per task, a supervisor per attempt."""
