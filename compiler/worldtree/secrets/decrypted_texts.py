"""The values in a text that `ansible-vault` decrypted: a value, or a file of variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from worldtree.core.leaves import leaves

#: Characters of a text above which it is not redacted as a whole: searching would take too long.
_LARGEST_TEXT = 2**20
#: A short word in a file of variables, such as a name of a user or of an environment: it occurs
#: in many texts and protects nothing.
_SHORT_WORD = re.compile(r"[a-z_-]{1,11}")
#: Digits of a number in a file of variables from which it may be a secret: not a port.
_MIN_DIGITS = 6


class _Loader(yaml.SafeLoader):
    """Reads Ansible's tags as what they mark."""


_Loader.add_multi_constructor("!", lambda loader, _, node: _untagged(loader, node))


def _untagged(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


def values_of(text: str) -> Iterator[str]:
    """Yield what to redact of a decrypted text.

    A text of several lines that is a YAML mapping or list is a file of variables: its values are
    secrets, all but short words and short numbers. Any other text is one secret.
    """
    data = _structure(text)
    if (data is None or "\n" not in text.strip()) and len(text) <= _LARGEST_TEXT:
        yield text
    yield from (str(value) for value in leaves(data) if not _is_ordinary(value))


def _structure(text: str) -> Any:
    try:
        data = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        # Also dates that do not exist. Then it is a text; Ansible says so where it wants YAML.
        return None
    return data if isinstance(data, Mapping | list) else None


def _is_ordinary(value: Any) -> bool:
    """Whether a value in a file of variables is a short word or a short number."""
    if isinstance(value, str):
        return _SHORT_WORD.fullmatch(value) is not None
    return not isinstance(value, int) or len(str(value)) < _MIN_DIGITS
