"""Values typed at a prompt: YAML as in a document, without tags and secret references."""

from __future__ import annotations

from typing import Any

from worldtree.core.errors import InputError
from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.secret_references import split_references, substitute, walk_texts
from worldtree.spec.source_text import check_text
from worldtree.spec.yaml_composer import Composer
from worldtree.spec.yaml_tags import Unsafe, Vault


class TypedValueError(ValueError):
    """The text is not a valid value; the message is one line."""


def parse_typed_value(text: str) -> Any:
    """Return the JSON value of the YAML ``text``; dates are strings, as in a document.

    Raises ``TypedValueError``, also for references to secrets: those are resolved before the task's
    first node.
    """
    try:
        roots = Composer(check_text(text, "<value>")).documents()
    except InputError as problem:
        hint = "; quote templates, as in '{{ name }}'" if is_template(text) else ""
        raise TypedValueError(
            f"`{text.strip()}` is not valid YAML: {problem.message}{hint}"
        ) from None
    value = roots[0].data if roots else None
    for _, found in walk_texts(value):
        for part in split_references(found):
            if not isinstance(part, str):
                raise TypedValueError(
                    f"`{found}` refers to a secret, which cannot be resolved here: put it into the "
                    "document (write `$${` for a literal `${`)"
                )
    return _unescaped(value)


def _unescaped(value: Any) -> Any:
    if isinstance(value, Unsafe | Vault):
        raise TypedValueError("tags are not supported here: write the plain value")
    if isinstance(value, str):
        return substitute(value, str)
    if isinstance(value, list):
        return [_unescaped(item) for item in value]
    if isinstance(value, dict):
        return {key: _unescaped(item) for key, item in value.items()}
    return value
