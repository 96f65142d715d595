"""Tests of ``worldtree.ansible.emit``."""
