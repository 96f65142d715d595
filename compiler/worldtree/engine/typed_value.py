"""A value that somebody types: YAML as in a document, without what only a compiler makes of it."""

from __future__ import annotations

from typing import Any

from worldtree.core.errors import InputError
from worldtree.spec.secret_references import split_references, substitute, walk_texts
from worldtree.spec.source_text import check_text
from worldtree.spec.yaml_composer import Composer
from worldtree.spec.yaml_tags import Unsafe, Vault


class TypedValueError(ValueError):
    """What was typed cannot be taken; the message is one line and says what would be."""


def parse_typed_value(text: str) -> Any:
    """Return the JSON value that ``text`` is in YAML; dates are texts, as in a document.

    Raises ``TypedValueError``, for references to secrets too: those are resolved for a whole task,
    before its work begins.
    """
    try:
        roots = Composer(check_text(text, "<value>")).documents()
    except InputError as problem:
        hint = "; quote templates, as in '{{ name }}'" if "{{" in text else ""
        raise TypedValueError(f"`{text.strip()}` is no YAML: {problem.message}{hint}") from None
    value = roots[0].data if roots else None
    for _, found in walk_texts(value):
        for part in split_references(found):
            if not isinstance(part, str):
                raise TypedValueError(
                    f"`{found}` refers to a secret, which is not resolved here: write that in the "
                    "document (`$${` is no reference)"
                )
    return _unescaped(value)


def _unescaped(value: Any) -> Any:
    if isinstance(value, Unsafe | Vault):
        raise TypedValueError("tags mean nothing here: write the value as it is")
    if isinstance(value, str):
        return substitute(value, str)
    if isinstance(value, list):
        return [_unescaped(item) for item in value]
    if isinstance(value, dict):
        return {key: _unescaped(item) for key, item in value.items()}
    return value
