"""Hooks by their target, and the ids of the nodes that they become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.specs import HookSpec, PipelineSpec


@dataclass(frozen=True)
class HookTable:
    """Hooks by target: ``""`` (the pipeline), ``module``, ``module/task``, ``module/task/step``."""

    by_target: dict[str, tuple[HookSpec, ...]]

    @classmethod
    def of(cls, pipeline: PipelineSpec, bag: DiagnosticBag) -> HookTable:
        """Return the hooks of ``pipeline``; invalid ones go to ``bag``."""
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
                    f"the hook `{hook.name}` targets `{hook.target}`, which does not exist",
                    detail="A target is a module, `module/task` or `module/task/step`.",
                    hint=did_you_mean(hook.target, known),
                    path=(*(hook.source or ()), "target"),
                )
            found[hook.target] = (*found.get(hook.target, ()), hook)
        _check_replacements(found, bag)
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


def _check_replacements(by_target: dict[str, tuple[HookSpec, ...]], bag: DiagnosticBag) -> None:
    """Report targets replaced twice, and hooks whose target is inside a replaced one."""
    replaced: dict[str, HookSpec] = {}
    for target, hooks in by_target.items():
        replacing = [hook for hook in hooks if hook.when == "replace"]
        if replacing:
            replaced[target] = replacing[0]
        for hook in replacing[1:]:
            bag.error(
                "replaced-twice",
                f"the hooks `{replacing[0].name}` and `{hook.name}` both replace"
                f" {_target_label(target)}",
                detail="A target can be replaced once only.",
                hint="keep one of them; make the other a hook `before` or `after`",
                path=(*(hook.source or ()), "name"),
            )
    for target, hooks in by_target.items():
        above = next(
            (replaced[whole] for whole in _enclosing_targets(target) if whole in replaced), None
        )
        if above is None:
            continue
        for hook in hooks:
            bag.warning(
                "hook-replaced",
                f"the hook `{hook.name}` for `{target}` never runs: `{above.name}` replaces "
                f"{_target_label(above.target)}",
                detail="Replacing a part also removes everything inside it, including hooks.",
                hint=f"remove one of the two, or let `{above.name}` replace less",
                path=(*(hook.source or ()), "name"),
            )


def _enclosing_targets(target: str) -> Iterator[str]:
    """Yield the targets that contain ``target``, the widest first."""
    parts = target.split("/") if target else []
    yield from ("/".join(parts[:length]) for length in range(len(parts)))


def _target_label(target: str) -> str:
    return f"`{target}`" if target else "the whole pipeline"
