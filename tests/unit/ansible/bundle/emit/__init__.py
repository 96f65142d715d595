"""Tests of ``worldtree.ansible.bundle``."""
