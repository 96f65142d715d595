"""Runs a bundle with ansible-playbook: control side, processes, code inside Ansible, connections.

Nothing is imported here: the start-up time of these processes is part of every run.
"""
