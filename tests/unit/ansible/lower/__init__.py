"""Tests of ``worldtree.ansible.lower``."""
