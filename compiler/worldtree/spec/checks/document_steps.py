"""The steps of a document: those of its tasks and those of its hooks."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.core.errors import DocPath
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.module import Hook
from worldtree.spec.models.step import Step


def document_steps(model: ClusterDocument) -> Iterator[tuple[DocPath, Step]]:
    """Yield every step with its path."""
    for i, module in enumerate(model.spec.modules):
        for j, task in enumerate(module.tasks):
            for k, step in enumerate(task.steps):
                yield ("spec", "modules", i, "tasks", j, "steps", k), step
    for path, hook in document_hooks(model):
        yield (*path, "step"), hook.step


def document_hooks(model: ClusterDocument) -> Iterator[tuple[DocPath, Hook]]:
    """Yield every hook with its path."""
    hooks = model.spec.hooks
    for when, listed in (
        ("before", hooks.before),
        ("after", hooks.after),
        ("replace", hooks.replace),
    ):
        for i, hook in enumerate(listed):
            yield ("spec", "hooks", when, i), hook
