"""Which collections a role uses: by full name, or through ansible-core's redirects."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_NAME = r"[a-z_][a-z0-9_]*"
_FQCN = re.compile(rf"^({_NAME}\.{_NAME})\.{_NAME}(?:\.{_NAME})*$")
#: Full names in templates: filters, tests, lookups.
_IN_TEMPLATE = re.compile(
    rf"(?:\|\s*|\bis\s+(?:not\s+)?|\b(?:lookup|query|q)\(\s*['\"])({_NAME}\.{_NAME})\.{_NAME}"
)
_BUILTIN = frozenset({"ansible.builtin", "ansible.legacy"})


def collection_of(name: str) -> str | None:
    """Return the collection of a full plugin name; None for short and ansible-core's names."""
    found = _FQCN.match(name)
    return found[1] if found and found[1] not in _BUILTIN else None


def collections_in_text(text: str) -> frozenset[str]:
    """Return the collections whose filters, tests or lookups a template text names in full."""
    return frozenset(_IN_TEMPLATE.findall(text)) - _BUILTIN


@cache
def _core_dir() -> Path | None:
    # Found without importing it: the import alone takes a third of a second.
    spec = importlib.util.find_spec("ansible")
    return Path(spec.origin).parent if spec and spec.origin else None


@cache
def core_actions() -> frozenset[str]:
    """Return the short names of the actions that ansible-core itself ships."""
    core = _core_dir()
    if core is None:
        return frozenset()
    return frozenset(
        file.stem
        for folder in ("modules", "plugins/action")
        for file in (core / folder).glob("*.py")
    )


@cache
def _redirects() -> dict[str, str]:
    core = _core_dir()
    if core is None:
        return {}
    text = (core / "config" / "ansible_builtin_runtime.yml").read_text(encoding="utf-8")
    # Only the section of modules: parsing all 9,000 lines takes half a second.
    section = re.search(r"^  modules:\n(.*?)(?=^  \S|\Z)", text, re.MULTILINE | re.DOTALL)
    if section is None:
        return {}
    return dict(re.findall(r"^    (\S+):\n      redirect: (\S+)$", section[1], re.MULTILINE))


def full_action_name(name: str) -> str:
    """Return an action's full name as ansible-core resolves it, or ``name`` when unknown."""
    if "." in name:
        return name.replace("ansible.legacy.", "ansible.builtin.")
    if name in core_actions():
        return f"ansible.builtin.{name}"
    return _redirects().get(name, name)


def collections_of_actions(names: Iterable[str]) -> frozenset[str]:
    """Return the collections that these (full) action names belong to."""
    return frozenset(found for name in names if (found := collection_of(name)))
