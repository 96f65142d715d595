"""Checks the syntax of the templates in variables, parameters, outputs and settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.checks.document_steps import document_steps
from worldtree.spec.checks.play_tasks import expressions_of_tasks, task_sections
from worldtree.spec.checks.secrets import document_values
from worldtree.spec.jinja_syntax import (
    EXPRESSION_RULE,
    is_whole_template,
    syntax_error,
    template_error,
)
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.step import Step
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
    for path, step in document_steps(model):
        _check_tasks(path, step, bag)
    _check_joined_conditions(model, bag)


def _check_tasks(path: DocPath, step: Step, bag: DiagnosticBag) -> None:
    """Report each condition of the Ansible tasks of a play that is not an expression."""
    for key, tasks in task_sections(step):
        for inner, text in expressions_of_tasks(tasks, (*path, key)):
            if reason := syntax_error(text):
                bag.error(
                    "expression-syntax",
                    f"`{text}` is not a valid expression: {reason}",
                    detail=EXPRESSION_RULE,
                    path=inner,
                )


def _check_joined_conditions(model: ClusterDocument, bag: DiagnosticBag) -> None:
    """Report a template as the condition of a task or step that is joined with another one."""
    for i, module in enumerate(model.spec.modules):
        for j, task in enumerate(module.tasks):
            for k, step in enumerate(task.steps):
                if not task.when or not step.when or task.when == step.when:
                    continue
                here: DocPath = ("spec", "modules", i, "tasks", j)
                for path, text in ((here, task.when), ((*here, "steps", k), step.when)):
                    if is_whole_template(text):
                        bag.error(
                            "expression-syntax",
                            f"`{text}` is a template, and the task and its step have conditions",
                            detail="They are joined with `and`. " + EXPRESSION_RULE,
                            hint="write the expression without braces",
                            path=(*path, "when"),
                        )


def _output_values(model: ClusterDocument) -> Iterator[tuple[DocPath, Any]]:
    for path, step in document_steps(model):
        for name, one in step.outputs.items():
            yield (*path, "outputs", name), one.value
