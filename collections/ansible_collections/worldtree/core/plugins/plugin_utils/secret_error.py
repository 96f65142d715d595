# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The one error of everything that looks for secrets."""

from __future__ import annotations


class CannotResolve(Exception):
    """Why a reference has no value; must not hold one."""
