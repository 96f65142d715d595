"""Playbooks, read without running them: plays with the place and the text of every keyword."""
