"""Shared by the role's modules."""


def words(text):
    """Return how many words ``text`` has."""
    return len(text.split())
