"""Finds secret references in Jinja expressions, where nothing resolves them."""

from __future__ import annotations

import re
from typing import Any

from worldtree.core.errors import Diagnostic, DocPath
from worldtree.spec.secret_references import SecretRef, split_references, walk_texts

#: An expression or statement; an unclosed one extends to the end.
_JINJA = re.compile(r"\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)", re.DOTALL)
#: Replaces a reference, whose braces would be mistaken for those of a template.
_PLACEHOLDER = "\0"


def reference_in_template(text: str) -> SecretRef | None:
    """Return the first reference of ``text`` that is between the braces of a template."""
    parts = split_references(text)
    references = [part for part in parts if isinstance(part, SecretRef)]
    if not references or "{" not in text:
        return None
    plain = "".join(
        _PLACEHOLDER
        if isinstance(part, SecretRef)
        else part
        if isinstance(part, str)
        else part.text
        for part in (p.replace(_PLACEHOLDER, " ") if isinstance(p, str) else p for p in parts)
    )
    for found in _JINJA.finditer(plain):
        if _PLACEHOLDER in found.group():
            return references[plain.count(_PLACEHOLDER, 0, found.start())]
    return None


def expression_problems(value: Any, path: DocPath | None) -> list[Diagnostic]:
    """Return a diagnostic for each reference in ``value``, whose texts are Jinja expressions."""
    found = []
    for inner, text in walk_texts(value):
        references = [part for part in split_references(text) if isinstance(part, SecretRef)]
        if references:
            found.append(
                expression_problem(references[0], None if path is None else (*path, *inner))
            )
    return found


def expression_problem(reference: SecretRef, path: DocPath | None) -> Diagnostic:
    """Return the diagnostic for ``reference`` in an expression at ``path``."""
    shown = f"${{{reference}}}"
    return Diagnostic(
        "secret-in-expression",
        f"the secret reference `{shown}` is not allowed in an expression",
        detail="References in expressions are not resolved.",
        hint="assign it to a variable in `vars` of the step, such as "
        f'`vars: {{my_secret: "{shown}"}}`, and use `my_secret` here; write `$${{` for a '
        "literal `${`",
        path=path,
    )
