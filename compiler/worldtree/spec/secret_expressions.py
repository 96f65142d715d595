"""References to secrets within Jinja expressions, which nothing could resolve there."""

from __future__ import annotations

import re
from typing import Any

from worldtree.core.errors import Diagnostic, DocPath
from worldtree.spec.secret_references import SecretRef, split_references, walk_texts

#: An expression or statement; one that nobody closed goes on to the end.
_JINJA = re.compile(r"\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)", re.DOTALL)
#: Stands for a reference, whose own braces would be taken for those of a template.
_PLACEHOLDER = "\0"


def reference_in_template(text: str) -> SecretRef | None:
    """Return the first reference of ``text`` that stands between the braces of a template."""
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
    """Return what is wrong with ``value`` where all of it is Jinja: no reference may be in it."""
    found = []
    for inner, text in walk_texts(value):
        references = [part for part in split_references(text) if isinstance(part, SecretRef)]
        if references:
            found.append(
                expression_problem(references[0], None if path is None else (*path, *inner))
            )
    return found


def expression_problem(reference: SecretRef, path: DocPath | None) -> Diagnostic:
    """Return the diagnostic that ``reference`` stands in an expression at ``path``."""
    shown = f"${{{reference}}}"
    return Diagnostic(
        "secret-in-expression",
        f"`{shown}` cannot stand in an expression",
        detail="Nothing resolves a reference there: it would stay as it is written.",
        hint="give it a variable of its own in `vars` of the step, such as "
        f'`vars: {{my_secret: "{shown}"}}`, and write `my_secret` here; write `$${{` where '
        "the text itself is meant",
        path=path,
    )
