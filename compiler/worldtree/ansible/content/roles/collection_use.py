"""Which collections a role uses: by full name, or through ansible-core's redirects."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

_NAME = r"[a-z_][a-z0-9_]*"
_FQCN = re.compile(rf"^({_NAME}\.{_NAME})\.{_NAME}(?:\.{_NAME})*$")
#: Full names in templates: filters, tests, lookups, also those that `map` and the like take.
_IN_TEMPLATE = re.compile(
    r"(?:\|\s*|\bis\s+(?:not\s+)?|\b(?:lookup|query|q|map|select|reject)\(\s*['\"]"
    rf"|\b(?:select|reject)attr\([^,()]+,\s*['\"])({_NAME}\.{_NAME})\.{_NAME}"
)
#: Names that may be those of plugins, those of `_IN_TEMPLATE` among them, and keys of mappings.
_DOTTED = re.compile(rf"\b({_NAME}\.{_NAME})\.{_NAME}")
_KEY = re.compile(r"^[ \t]*(?:-[ \t]+)?([a-z_]\w*):", re.MULTILINE)
#: Short names in templates and keywords, by the kind of plugin, after a text without which there
#: are none: looking for it first takes a twentieth of the time.
_SHORT = {
    "filter": ("|", re.compile(r"(?<!\|)\|[ \t]*([a-z_]\w*)")),
    "test": ("is", re.compile(r"\bis[ \t]+(?:not[ \t]+)?([a-z_]\w*)")),
    "lookup": ("", re.compile(r"(?:\b(?:lookup|query|q)\(\s*['\"]|\bwith_)([a-z_]\w*)")),
    "connection": ("connection:", re.compile(r"\bconnection:[ \t]*['\"]?([a-z_]\w*)")),
    "become": ("become_method:", re.compile(r"\bbecome_method:[ \t]*['\"]?([a-z_]\w*)")),
}
_BUILTIN = frozenset({"ansible.builtin", "ansible.legacy"})
#: Short and full name in ansible-core's list of what is in collections now.
_REDIRECT = re.compile(r"^    (\S+):\n      redirect: (\S+)$", re.MULTILINE)
#: The beginning of the next section of that list.
_SECTION = re.compile(r"^  \S", re.MULTILINE)


def collection_of(name: str) -> str | None:
    """Return the collection of a full plugin name; None for short and ansible-core's names."""
    found = _FQCN.match(name)
    return found[1] if found and found[1] not in _BUILTIN else None


def collections_named_in(template: str) -> frozenset[str]:
    """Return the collections whose filters, tests or lookups a template names in full."""
    return frozenset(_IN_TEMPLATE.findall(template)) - _BUILTIN


def collections_in_text(text: str) -> frozenset[str]:
    """Return the collections whose filters, tests or lookups a text with templates uses.

    They are named in full, or by a short name that ansible-core redirects to a collection.
    """
    return collections_named_in(text) | _by_short_names(text)


def _by_short_names(text: str) -> frozenset[str]:
    """Return the collections of plugins that a text uses by a short name."""
    found = {
        collection_of(target)
        for kind, (sign, pattern) in _SHORT.items()
        if sign in text
        for name in pattern.findall(text)
        if (target := _redirects(kind).get(name))
    }
    return frozenset(filter(None, found))


@cache
def _core_dir() -> Path | None:
    # Found without importing it: the import alone takes a third of a second.
    spec = importlib.util.find_spec("ansible")
    return Path(spec.origin).parent if spec and spec.origin else None


def collections_possibly_in(text: str) -> frozenset[str]:
    """Return the collections that a playbook, task file or variable file may use.

    Any dotted name counts, so that not all of them exist.
    """
    actions = {_redirects("modules").get(name) for name in _KEY.findall(text)}
    named = frozenset(_DOTTED.findall(text)) - _BUILTIN
    return named | collections_of_actions(filter(None, actions)) | _by_short_names(text)


def core_file(relative: str) -> str:
    """Return the text of a file of ansible-core; empty without it."""
    core = _core_dir()
    try:
        return "" if core is None else (core / relative).read_text(encoding="utf-8")
    except OSError:
        return ""


def is_beside_core(collection: str) -> bool:
    """Whether Ansible finds the collection in its own environment, as the package `ansible` has."""
    core = _core_dir()
    inner = Path("ansible_collections", *collection.split("."))
    return core is not None and (core.parent / inner).is_dir()


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
def renamed_plugins() -> Mapping[str, frozenset[str]]:
    """Return short name -> full names of the plugins that a collection has under another name."""
    text = core_file("config/ansible_builtin_runtime.yml")
    found: dict[str, set[str]] = {}
    for name, target in _REDIRECT.findall(text):
        if target.rpartition(".")[2] != name:
            found.setdefault(name, set()).add(target)
    return {name: frozenset(targets) for name, targets in found.items()}


@cache
def _redirects(kind: str) -> dict[str, str]:
    """Return short name -> full name of the plugins of a kind that are in collections now."""
    text = core_file("config/ansible_builtin_runtime.yml")
    # Only one section: parsing all 9,000 lines takes half a second.
    _, found, rest = text.partition(f"\n  {kind}:\n")
    if not found:
        return {}
    end = _SECTION.search(rest)
    return dict(_REDIRECT.findall(rest, 0, end.start() if end else len(rest)))


def full_action_name(name: str) -> str:
    """Return an action's full name as ansible-core resolves it, or ``name`` when unknown."""
    if "." in name:
        return name.replace("ansible.legacy.", "ansible.builtin.")
    if name in core_actions():
        return f"ansible.builtin.{name}"
    return _redirects("modules").get(name, name)


def collections_of_actions(names: Iterable[str]) -> frozenset[str]:
    """Return the collections that these (full) action names belong to."""
    return frozenset(found for name in names if (found := collection_of(name)))
