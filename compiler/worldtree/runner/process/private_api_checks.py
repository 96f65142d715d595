"""How a private API is checked: that it is there, what it accepts, and what its source mentions.

A check raises ``UnexpectedApiError``, ``ImportError`` or ``AttributeError`` when the API is
different. Imports are kept light.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class UnexpectedApiError(Exception):
    """A private API is not as expected; the text says what is different."""


@dataclass(frozen=True, slots=True)
class PrivateApi:
    """One private API."""

    #: As a person finds it: ``module.Class.attribute``.
    name: str
    #: What WorldTree does with it.
    reason: str
    #: Raises ``UnexpectedApiError``, ``ImportError`` or ``AttributeError`` when it is different.
    check: Callable[[], None]


def find(module: str, path: str = "") -> Any:
    found: Any = importlib.import_module(module)
    for name in filter(None, path.split(".")):
        found = getattr(found, name)
    return found


def present(module: str, path: str) -> Callable[[], None]:
    """Return a check that the attribute exists."""

    def check() -> None:
        find(module, path)

    return check


def accepts(module: str, path: str, *arguments: str) -> Callable[[], None]:
    """Return a check that the function can be called with these parameters by name."""

    def check() -> None:
        parameters = inspect.signature(find(module, path)).parameters
        takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
        missing = [name for name in arguments if name not in parameters]
        if missing and not takes_any:
            msg = f"it has no parameter {', '.join(missing)}"
            raise UnexpectedApiError(msg)

    return check


def mentions(module: str, path: str, *names: str) -> Callable[[], None]:
    """Return a check that the source of a class or function uses these names."""

    def check() -> None:
        source = inspect.getsource(find(module, path))
        missing = [name for name in names if name not in source]
        if missing:
            msg = f"its source does not use {', '.join(missing)}"
            raise UnexpectedApiError(msg)

    return check


def full_results() -> None:
    """Core 2.19 has a raw result that makes the copy; later cores keep a result in the copy."""
    results = importlib.import_module("ansible.executor.task_result")
    raw = getattr(results, "_RawTaskResult", None)
    if raw is not None:
        if not hasattr(raw, "as_callback_task_result"):
            msg = "_RawTaskResult has no as_callback_task_result"
            raise UnexpectedApiError(msg)
        mentions("ansible.executor.task_result", "_BaseTaskResult", "_return_data")()
        return
    mentions("ansible.executor.task_result", "CallbackTaskResult", "self.__utr", "as_result_dict")()
    unified = importlib.import_module("ansible._internal._task")
    if not hasattr(unified, "UnifiedTaskResult"):
        msg = "ansible._internal._task has no UnifiedTaskResult"
        raise UnexpectedApiError(msg)


def redirects() -> None:
    """The file is read as text, since parsing it takes half a second."""
    core = Path(inspect.getfile(importlib.import_module("ansible"))).parent
    text = (core / "config" / "ansible_builtin_runtime.yml").read_text(encoding="utf-8")
    if "\n  modules:\n" not in text or "\n      redirect: " not in text:
        msg = "its section `modules` is written differently"
        raise UnexpectedApiError(msg)


def cached_facts() -> None:
    """A host's file is named ``s1_`` and its name; it holds one key with all facts as text."""
    cache = importlib.import_module("ansible._internal._plugins._cache")
    if cache.PluginInterposer._PAYLOAD_KEY != "__payload__":
        msg = f"it is {cache.PluginInterposer._PAYLOAD_KEY!r}"
        raise UnexpectedApiError(msg)
    if (name := cache.PluginInterposer._get_key("h1")) != "s1_h1":
        msg = f"the file of host h1 is {name}"
        raise UnexpectedApiError(msg)


def encoded_values() -> None:
    """A tagged text has its value, the list of its tags, and its type."""
    profile = importlib.import_module("ansible._internal._json._profiles._cache_persistence")
    tags = importlib.import_module("ansible._internal._datatag._tags")
    found = json.loads(json.dumps(tags.TrustedAsTemplate().tag("x"), cls=profile.Encoder))
    tag = {"__ansible_type": "TrustedAsTemplate"}
    if found != {"value": "x", "tags": [tag], "__ansible_type": "_AnsibleTaggedStr"}:
        msg = f"a template is {found}"
        raise UnexpectedApiError(msg)


def display_callback() -> None:
    """The callback is loaded by path, so its source is read and not imported."""
    place = Path(importlib.import_module("ansible_runner.utils").get_callback_dir())
    package = Path(inspect.getfile(importlib.import_module("ansible_runner"))).parent
    sources = [place / "awx_display.py", package / "display_callback/callback/awx_display.py"]
    text = next(path for path in sources if path.exists()).read_text(encoding="utf-8")
    if "def add_local(self, **kwargs)" not in text or "event_context = EventContext()" not in text:
        msg = "its event_context is made differently"
        raise UnexpectedApiError(msg)
