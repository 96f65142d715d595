"""Has Ansible read the redirects of its own names in a fraction of the time.

Every process of Ansible parses this file of 10,000 lines. Most of its entries only name the plugin
that took the place of another one: a regular expression reads those, and YAML the rest.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

#: The only file that is read so: its indentation is Ansible's own.
_BUILTIN = ("ansible.builtin", "runtime.yml")
_ROUTING = "plugin_routing"
#: A key at the beginning of a line, with its lines; the first part is what precedes all keys.
_TOP = re.compile(r"^(?=[^\s#])", re.MULTILINE)
#: The plugins of one type.
_TYPE = re.compile(r"^  (\w+):\n", re.MULTILINE)
#: A plugin with nothing but a redirect.
_REDIRECT = re.compile(
    r"^    ([A-Za-z_][\w.]*):\n      redirect: ([A-Za-z_][\w.]*)\n(?= {0,4}\S|\Z)",
    re.MULTILINE | re.ASCII,
)

#: Ansible's own function: text and what it belongs to -> data, in which every scalar is a text.
Parse = Callable[[bytes | str, Any], dict[str, Any]]


def speed_up_redirects() -> None:
    """Replace the function of Ansible that parses the file. Call this before Ansible uses it."""
    finder: Any = importlib.import_module("ansible.utils.collection_loader._collection_finder")
    parse: Parse | None = getattr(finder, "_meta_yml_to_dict", None)
    if parse is None:
        return  # A release that reads it in another way.

    def faster(text: bytes | str, belongs_to: Any, parse: Parse = parse) -> dict[str, Any]:
        if belongs_to != _BUILTIN:
            return parse(text, belongs_to)
        return parse_redirects(text, lambda rest: parse(rest, belongs_to))

    finder._meta_yml_to_dict = faster


def parse_redirects(text: bytes | str, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Return what ``parse`` makes of ``text``; only a part of it is given to ``parse``.

    Keys may be in another order.
    """
    whole = text.decode() if isinstance(text, bytes) else text
    blocks = _TOP.split(whole)
    routing = [block for block in blocks if block.startswith(f"{_ROUTING}:\n")]
    if len(routing) != 1:
        return parse(whole)
    head, *parts = _TYPE.split(routing[0])
    types = dict(zip(parts[::2], parts[1::2], strict=True))
    if len(types) * 2 != len(parts):
        return parse(whole)  # A type that comes twice.
    redirects = {name: dict(_REDIRECT.findall(body)) for name, body in types.items()}
    rest = {name: _REDIRECT.sub("", body) for name, body in types.items()}
    left = head + "".join(f"  {name}:\n{body}" for name, body in rest.items())
    found = parse("".join(left if block is routing[0] else block for block in blocks))
    for name, moved in redirects.items():
        # A type of which nothing is left is an empty text.
        others = found[_ROUTING][name] or {}
        entries = {key: {"redirect": target} for key, target in moved.items()}
        if len(moved) != len(_REDIRECT.findall(types[name])) or others.keys() & entries.keys():
            return parse(whole)  # A plugin that comes twice.
        found[_ROUTING][name] = {**entries, **others}
    return found
