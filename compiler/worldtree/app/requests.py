"""What callers of the application may ask for, as plain data."""

from __future__ import annotations

from worldtree.compile.select import Selection

__all__ = ["Selection"]
