"""Writes YAML text: data as a person writes it, or the text of a playbook, indented anew."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from typing import Any

from worldtree.ansible.content.playbooks.model import Source
from worldtree.ansible.model.yaml_writer import dump
from worldtree.app.documents.playbook_import.exact_yaml import is_plain_data
from worldtree.core.errors import InputError
from worldtree.spec.load import load_text
from worldtree.spec.secret_references import escape_references
from worldtree.spec.yaml_tags import Unsafe, Vault, encode_tags


def plain(value: Any) -> Any:
    """Return ``value`` as data that a document can say; references become literal text.

    So do dates, numbers that are not finite, and keys; see ``exact_yaml.is_plain_data``.
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str) and not isinstance(value, Unsafe | Vault):
        return escape_references(value)
    return value if is_plain_data(value) else str(value)


def data_lines(value: Any, indent: int) -> list[str]:
    """Return the lines of a mapping or list, indented."""
    pad = " " * indent
    return [pad + line if line else "" for line in dump(value).splitlines()[1:]]


def comment_lines(comments: Iterable[str], indent: int) -> list[str]:
    """Return comments, indented."""
    return [f"{' ' * indent}# {text.lstrip('# ')}".rstrip() for text in comments]


def source_lines(key: str, source: Source, indent: int) -> list[str]:
    """Return ``key`` with the text of its value, indented anew; references become literal."""
    shift = " " * (indent - source.column)
    head = f"{' ' * indent}{key}:{escape_references(source.first)}"
    return [head, *(shift + escape_references(line) if line else "" for line in source.rest)]


def reads_as(lines: Iterable[str], expected: Any) -> bool:
    """Whether a document that has these lines has exactly the data ``expected``."""
    try:
        found = load_text("\n".join(lines) + "\n")[0].data
    except InputError:
        return False
    return _comparable(found) == _comparable(expected)


def _comparable(value: Any) -> str:
    """Return a text that tells 1 from true and tagged from plain strings."""
    return json.dumps(encode_tags(value))


def file_text(source: Source) -> str:
    """Return the text of a list as a file of its own; raises ``ValueError`` for other text."""
    if source.first.strip() and not source.first.strip().startswith("#"):
        msg = "the value begins on the line of its key"
        raise ValueError(msg)
    lines = [line for line in source.rest if line.strip()]
    depth = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    head = [source.first.strip()] if source.first.strip() else []
    return "\n".join(["---", *head, *(line[depth:] for line in source.rest)]) + "\n"
