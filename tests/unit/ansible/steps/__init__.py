"""Tests of ``worldtree.ansible.steps``."""
