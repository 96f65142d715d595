"""Checks the syntax of Jinja expressions; their names and filters are Ansible's business."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from worldtree.core.errors import Diagnostic, DocPath
from worldtree.spec.secret_references import walk_texts

if TYPE_CHECKING:
    from jinja2 import Environment

EXPRESSION_RULE = "It is a Jinja expression, without braces, that Ansible evaluates on each host."


def syntax_problems(value: Any, path: DocPath | None) -> list[Diagnostic]:
    """Return a diagnostic for each text of ``value`` that is not a Jinja expression."""
    found = []
    for inner, text in walk_texts(value):
        reason = syntax_error(text)
        if reason:
            where = None if path is None else (*path, *inner)
            summary = f"`{text}` is not a valid expression: {reason}"
            found.append(Diagnostic("expression-syntax", summary, EXPRESSION_RULE, path=where))
    return found


def syntax_error(expression: str) -> str:
    """Return what is wrong with the syntax of a Jinja expression; empty for a valid one."""
    from jinja2 import TemplateSyntaxError
    from jinja2.parser import Parser

    if any(mark in expression for mark in ("{{", "{%", "${")):
        # A template that Ansible renders first, or a secret reference, which has its own check.
        return ""
    try:
        parser = Parser(_environment(), expression, state="variable")
        parser.parse_expression()
        if not parser.stream.eos:
            return f"unexpected `{parser.stream.current.value}`"
    except TemplateSyntaxError as error:
        said = error.message or "it cannot be parsed"
        said = said.replace("'end of template'", "end of template").replace("'", "`").rstrip(".")
        return said.replace("end of template", "end of the expression")
    return ""


@cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment()
