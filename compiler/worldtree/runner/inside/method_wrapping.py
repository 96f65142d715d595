"""Replaces methods and functions of Ansible by functions that call the original."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

#: Marks a function that wraps one of Ansible's, which the attribute holds.
_ORIGINAL = "worldtree_original"


def wrap_method(owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    """Replace a method of a class or a function of a module.

    ``replacement`` gets the original and its arguments.

    A wrapper of an earlier call is replaced, not wrapped.
    """
    found = getattr(owner, name)
    original = getattr(found, _ORIGINAL, found)

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return replacement(original, *args, **kwargs)

    setattr(wrapper, _ORIGINAL, original)
    setattr(owner, name, wrapper)
