"""Tests of the collection ``worldtree.core``."""
