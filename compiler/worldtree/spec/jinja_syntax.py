"""Checks the syntax of Jinja expressions and templates; names are Ansible's business."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeGuard

from worldtree.core.errors import Diagnostic, DocPath
from worldtree.spec.secret_references import walk_texts

if TYPE_CHECKING:
    from jinja2 import Environment, TemplateSyntaxError

EXPRESSION_RULE = "It is a Jinja expression, without braces, that Ansible evaluates on each host."


def is_template(value: object) -> TypeGuard[str]:
    """Whether ``value`` is a text with a Jinja expression or statement, which Ansible renders."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


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

    if "${" in expression:  # A secret reference, which has its own check.
        return ""
    if is_whole_template(expression):
        return template_error(expression)[0]
    reason = ""
    try:
        parser = Parser(_environment(), expression, state="variable")
        parser.parse_expression()
        if not parser.stream.eos:
            reason = f"unexpected `{parser.stream.current.value}`"
    except TemplateSyntaxError as error:
        reason = _reason(error).replace("end of template", "end of the expression")
    if reason and is_template(expression):
        reason = template_error(expression)[0] or "braces around a part of it; write names alone"
    return reason


def is_whole_template(expression: str) -> bool:
    """Whether an expression is a template of nothing but one value, which Ansible renders first.

    From ansible-core 2.19 on, braces around a part of it are refused: as they stand, or since what
    several parts of a template give is a text, which is not evaluated.
    """
    from jinja2 import TemplateSyntaxError, nodes

    text = expression.strip()
    if text.startswith("#jinja2:"):  # It sets delimiters of its own.
        return True
    try:
        body = _environment().parse(text).body
    except TemplateSyntaxError:
        return False
    parts = body[0].nodes if len(body) == 1 and isinstance(body[0], nodes.Output) else []
    return len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData)


def template_error(text: str) -> tuple[str, int]:
    """Return what is wrong with the syntax of a template, and the line, from 1; ("", 0) if valid.

    Unknown filters, tests and statements are not errors: roles, collections and settings add them.
    """
    from jinja2 import TemplateSyntaxError

    if not is_template(text):
        return "", 0
    if text.startswith("#jinja2:"):  # It sets delimiters of its own.
        return "", 0
    try:
        _environment().parse(text)
    except TemplateSyntaxError as error:
        if not (error.message or "").startswith("Encountered unknown tag"):
            return _reason(error), error.lineno
    return "", 0


def _reason(error: TemplateSyntaxError) -> str:
    said = error.message or "it cannot be parsed"
    return said.replace("'end of template'", "end of template").replace("'", "`").rstrip(".")


@cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
