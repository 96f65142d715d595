"""Hooks by the place they stand at, and the ids of the nodes that they become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from worldtree.errors import DiagnosticBag
from worldtree.plan.specs import HookSpec, PipelineSpec
from worldtree.spec.nearest import did_you_mean


@dataclass(frozen=True)
class HookTable:
    """Hooks by target: ``""`` (the pipeline), ``module``, ``module/task``, ``module/task/step``."""

    by_target: dict[str, tuple[HookSpec, ...]]

    @classmethod
    def of(cls, pipeline: PipelineSpec, bag: DiagnosticBag) -> HookTable:
        """Return the hooks of ``pipeline``; one whose target does not exist goes to ``bag``."""
        known = {""}
        for module in pipeline.modules:
            known.add(module.name)
            for task in module.tasks:
                known.add(f"{module.name}/{task.name}")
                known |= {f"{module.name}/{task.name}/{step.name}" for step in task.steps}
        found: dict[str, tuple[HookSpec, ...]] = {}
        for hook in pipeline.hooks:
            if hook.target not in known:
                bag.error(
                    "unknown-hook-target",
                    f"hook `{hook.name}` stands at `{hook.target}`, which does not exist",
                    detail="A hook's target is a module, `module/task` or `module/task/step`; "
                    "without one it is the whole pipeline.",
                    hint=did_you_mean(hook.target, known),
                    path=hook.source,
                )
            found[hook.target] = (*found.get(hook.target, ()), hook)
        return cls(found)

    def at(self, target: str, where: tuple[str, ...]) -> Iterator[tuple[HookSpec, str]]:
        """Yield the hooks of ``target`` in document order, each with the id of its node.

        ``where`` is the id so far (two or three parts); the rest says when it runs and its name:
        ``pipeline/module/before/NAME`` or ``pipeline/module/task/before-STEP-NAME``.
        """
        step = target.split("/")[2] + "-" if target.count("/") == 2 else ""
        for hook in self.by_target.get(target, ()):
            if len(where) == 2:
                yield hook, "/".join((*where, hook.when, hook.name))
            else:
                yield hook, "/".join((*where, f"{hook.when}-{step}{hook.name}"))
