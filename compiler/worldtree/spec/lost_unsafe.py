"""Finds texts with the tag ``!unsafe`` that typed fields would hand on without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from worldtree.core.errors import DocPath
from worldtree.core.leaves import leaves
from worldtree.spec.yaml_tags import Unsafe, decode_tags

#: What is said of such a text.
SUMMARY = "`!unsafe` has no effect here: Ansible would render this text as a template"
HINT = "write it without `!unsafe` if it is a template, else without braces"
#: What Ansible takes for a template, a statement or a comment.
_OPENINGS = ("{{", "{%", "{#")


def lost_unsafe(given: Any, kept: Callable[[], Any]) -> Iterator[tuple[DocPath, Unsafe]]:
    """Yield (path, text) of each tagged text with braces in ``given`` that ``kept`` has untagged.

    ``kept`` returns what typed fields made of ``given``; it is asked only where a text is tagged. A
    text that it does not contain at all was not handed on: nothing is lost.
    """
    tagged = list(_tagged_texts(given, ()))
    if not tagged:
        return
    more_than_given = _plain_texts(decode_tags(kept())) - _plain_texts(given)
    for path, text in tagged:
        if str(text) in more_than_given:
            yield path, text


def _plain_texts(value: Any) -> Counter[str]:
    return Counter(text for text in leaves(value) if type(text) is str)


def _tagged_texts(value: Any, path: DocPath) -> Iterator[tuple[DocPath, Unsafe]]:
    if isinstance(value, Unsafe):
        if any(opening in value for opening in _OPENINGS):
            yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _tagged_texts(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _tagged_texts(item, (*path, index))
