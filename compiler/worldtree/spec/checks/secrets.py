"""Checks secret references: known providers, valid syntax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.checks.document_steps import document_steps
from worldtree.spec.checks.play_tasks import task_sections
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.step import Step
from worldtree.spec.secret_expressions import expression_problem, reference_in_template
from worldtree.spec.secret_references import (
    PROVIDERS,
    BadReference,
    find_references,
    is_provider,
    split_references,
    walk_texts,
)


def check_secrets(model: ClusterDocument, bag: DiagnosticBag) -> None:
    """Check every reference in variables, parameters and settings of components."""
    for path, value in document_values(model):
        for inner, text in walk_texts(value, path):
            if "${" not in text:
                continue
            if (hidden := reference_in_template(text)) is not None:
                bag.items.append(expression_problem(hidden, inner))
            for part in split_references(text):
                if isinstance(part, BadReference):
                    _report(part, inner, bag)
    _check_questions(model, bag)


def _check_questions(model: ClusterDocument, bag: DiagnosticBag) -> None:
    """Warn of a question of `spec.secrets.prompt` that looks like a misspelt one of a reference.

    Others may be asked for variables of an inventory.
    """
    secrets = model.spec.secrets
    questions = secrets.prompt.questions if secrets and secrets.prompt else {}
    if not questions:
        return
    values = [value for _, value in document_values(model)]
    # Connections have references too.
    found = find_references([*values, model.spec.ssh.model_dump(warnings="none")])
    asked = {reference.rest for reference in found if reference.provider == "prompt"}
    for text in questions:
        hint = "" if text in asked else did_you_mean(text, asked - questions.keys(), "")
        if hint:
            bag.warning(
                "unused-question",
                f"no reference has the question `{text}`",
                detail="The name of a question is the text of its reference: `${prompt:Text}`.",
                hint=hint,
                path=("spec", "secrets", "prompt", "questions", text),
                at_key=True,
            )


def document_values(model: ClusterDocument) -> Iterator[tuple[DocPath, Any]]:
    """Yield the path and value of everything that Ansible may render."""
    spec = model.spec
    yield ("spec", "vars"), spec.vars
    yield ("spec", "components"), spec.components
    for i, host in enumerate(spec.hosts):
        yield ("spec", "hosts", i, "vars"), host.vars
    for name, group in spec.groups.items():
        yield ("spec", "groups", name, "vars"), group.vars
    for i, module in enumerate(spec.modules):
        yield ("spec", "modules", i, "vars"), module.vars
    for path, step in document_steps(model):
        yield from _step(step, path)


def _step(step: Step, path: DocPath) -> Iterator[tuple[DocPath, Any]]:
    yield (*path, "vars"), step.vars
    yield (*path, "environment"), step.environment
    if step.kind == "play":
        yield from _play(step, path)
    elif step.role is None:
        yield (*path, step.kind), step.params


def _play(step: Step, path: DocPath) -> Iterator[tuple[DocPath, Any]]:
    for i, role in enumerate(step.roles):
        yield (*path, "roles", i, "vars"), role.vars
        yield (*path, "roles", i, "environment"), role.environment
    for key, tasks in task_sections(step):
        yield (*path, key), tasks
    yield (*path, "moduleDefaults"), step.module_defaults


def _report(bad: BadReference, path: DocPath, bag: DiagnosticBag) -> None:
    if not is_provider(bad.provider):
        bag.error(
            "unknown-secret-provider",
            f"`{bad.text}` uses the unknown secret provider `{bad.provider}`",
            detail="The providers are "
            + ", ".join(f"`{name}` ({what})" for name, what in PROVIDERS.items())
            + ".",
            hint=did_you_mean(bad.provider, PROVIDERS, "write `$${` for a literal `${`"),
            path=path,
        )
        return
    bag.error(
        "bad-secret-reference",
        f"`{bad.text}` is not a valid secret reference: {bad.reason}",
        detail=f"The part after `{bad.provider}:` is "
        f"{PROVIDERS.get(bad.provider, 'defined by the provider')}.",
        hint="write it as `${env:SHOP_PASSWORD}`, `${file:/run/secrets/shop}` or "
        "`${vault:kv/shop#password}`; write `$${` for a literal `${`",
        path=path,
    )
