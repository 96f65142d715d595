"""Tests of ``worldtree.ansible.bundle.lower``."""
