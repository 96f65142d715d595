"""Checks the syntax of the templates in variables, parameters, outputs and settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.checks.secrets import document_values
from worldtree.spec.jinja_syntax import template_error
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.secret_references import walk_texts


def check_templates(model: ClusterDocument, bag: DiagnosticBag) -> None:
    """Report each text with braces that is not a valid Jinja template."""
    for path, value in (*document_values(model), *_output_values(model)):
        for inner, text in walk_texts(value, path):
            reason, _ = template_error(text)
            if reason:
                bag.error(
                    "jinja-syntax",
                    f"this text is not a valid template: {reason}",
                    detail="Ansible renders `{{ … }}` and `{% … %}` in it with Jinja.",
                    hint="correct it; a text with braces that is not a template is `!unsafe`",
                    path=inner,
                )


def _output_values(model: ClusterDocument) -> Iterator[tuple[DocPath, Any]]:
    for i, module in enumerate(model.spec.modules):
        for j, task in enumerate(module.tasks):
            for k, step in enumerate(task.steps):
                path = ("spec", "modules", i, "tasks", j, "steps", k, "outputs")
                yield from (((*path, name), one.value) for name, one in step.outputs.items())
