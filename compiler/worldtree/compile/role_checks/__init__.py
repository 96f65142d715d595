"""The checks that pass ``check`` is made of, one a file."""

from __future__ import annotations
