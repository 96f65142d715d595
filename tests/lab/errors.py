"""The lab's own error, whose text is meant for the person at the terminal."""

from __future__ import annotations


class LabError(Exception):
    """Something the lab cannot do; the message says what, why and how to fix it."""
