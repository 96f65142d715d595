# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The error of all code that resolves secrets."""

from __future__ import annotations


class CannotResolve(Exception):
    """Why a reference has no value; the text must not contain a secret."""
