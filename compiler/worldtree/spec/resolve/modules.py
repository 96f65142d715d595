"""Resolves modules, tasks, steps and hooks to plain data with derived names and sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.cluster import (
    BARE_VALUE,
    ClusterGroup,
    ClusterHook,
    ClusterHost,
    ClusterModule,
    ClusterNeed,
    ClusterOutput,
    ClusterPlay,
    ClusterPlayRole,
    ClusterStep,
    ClusterTask,
)
from worldtree.spec.models.cluster import Spec
from worldtree.spec.models.module import Hook, Module, Need, Task
from worldtree.spec.models.play import PlayKeys, PlayRole, keywords_of
from worldtree.spec.models.step import Step
from worldtree.spec.models.vars_files import VarsFiles
from worldtree.spec.resolve.policy import resolve_policy
from worldtree.spec.selectors import HostIndex, Selector
from worldtree.spec.yaml_tags import encode_tags

#: (kind, bare or mapped value) -> parameters.
NormaliseParams = Callable[[str, Any], Any]


def resolve_modules(
    spec: Spec,
    hosts: Sequence[ClusterHost],
    groups: Mapping[str, ClusterGroup],
    bag: DiagnosticBag,
    normalise: NormaliseParams | None,
) -> tuple[ClusterModule, ...]:
    """Return the modules of the document."""
    index = HostIndex(hosts, {name: group.hosts for name, group in groups.items()})
    maker = _ModuleResolver(bag, normalise, index if hosts else None, spec.vars_files)
    return tuple(
        maker.module(module, ("spec", "modules", i)) for i, module in enumerate(spec.modules)
    )


def resolve_hooks(
    spec: Spec, bag: DiagnosticBag, normalise: NormaliseParams | None
) -> tuple[ClusterHook, ...]:
    """Return the hooks: before, after, replace, each in document order."""
    maker = _ModuleResolver(bag, normalise, None, spec.vars_files)
    lists = (
        ("before", spec.hooks.before),
        ("after", spec.hooks.after),
        ("replace", spec.hooks.replace),
    )
    return tuple(
        maker.hook(hook, when, ("spec", "hooks", when, i))
        for when, hooks in lists
        for i, hook in enumerate(hooks)
    )


def report_outside_task(step: DocPath, bag: DiagnosticBag) -> None:
    """Report the step at path ``step``, whose hosts are all outside its task."""
    bag.error(
        "step-hosts-outside-task",
        "none of the step's hosts belongs to its task",
        detail="A step can only run on hosts of its task.",
        hint="extend `hosts` of the task, or move the step to a task of its own",
        path=(*step, "hosts"),
    )


def derived_name(step: Step) -> str:
    """Return the name of a step without one: its kind, or the last part of its roles' names."""
    if step.roles:
        text = "-".join(_last_part(one.role) for one in step.roles)
    elif step.role is None:
        text = "tasks" if step.kind == "play" else step.kind
    else:
        text = _last_part(step.role)
        if step.entry != "main":
            text = f"{text}-{step.entry}"
    name = re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")
    return name[:56].rstrip("-") or "step"


def _last_part(role: str) -> str:
    return role.rstrip("/").rpartition("/")[2].rpartition(".")[2]


class _ModuleResolver:
    def __init__(
        self,
        bag: DiagnosticBag,
        normalise: NormaliseParams | None,
        index: HostIndex | None,
        vars_files: VarsFiles,
    ) -> None:
        self._bag = bag
        self._vars_files = vars_files
        self._normalise = normalise
        self._index = index

    def module(self, module: Module, path: DocPath) -> ClusterModule:
        return ClusterModule(
            name=module.name,
            needs=self._needs(module.needs, path),
            tasks=tuple(
                self._task(task, module.vars_files, (*path, "tasks", i))
                for i, task in enumerate(module.tasks)
            ),
            vars=encode_tags(module.vars),
            tags=module.tags,
            policy=resolve_policy(module.policy),
            source=path,
        )

    def hook(self, hook: Hook, when: Any, path: DocPath) -> ClusterHook:
        name = hook.step.name or derived_name(hook.step)
        return ClusterHook(
            name=hook.name,
            when=when,
            target=hook.target,
            hosts=hook.hosts if hook.hosts is not None else hook.step.hosts,
            step=self._step(hook.step, name, None, None, (), (*path, "step")),
            inherits_always=when == "replace" and "always" not in hook.step.model_fields_set,
            source=path,
        )

    def _task(self, task: Task, files: VarsFiles, path: DocPath) -> ClusterTask:
        files = (*files, *task.vars_files)
        names = _unique_names(task.steps)
        return ClusterTask(
            name=task.name,
            hosts=task.hosts,
            on_empty=task.on_empty,
            needs=self._needs(task.needs, path),
            steps=tuple(
                self._step(step, name, task.when, task.hosts, files, (*path, "steps", i))
                for i, (step, name) in enumerate(zip(task.steps, names, strict=True))
            ),
            tags=task.tags,
            policy=resolve_policy(task.policy),
            source=path,
        )

    def _needs(self, needs: Sequence[Need], path: DocPath) -> tuple[ClusterNeed, ...]:
        return tuple(
            ClusterNeed(target=need.target, scope=need.scope, source=(*path, "needs", i))
            for i, need in enumerate(needs)
        )

    def _step(
        self,
        step: Step,
        name: str,
        when: str | None,
        within: Selector | None,
        files: VarsFiles,
        path: DocPath,
    ) -> ClusterStep:
        self._check_within(step.hosts, within, path)
        return ClusterStep(
            name=name,
            kind=step.kind,
            role=step.role,
            entry=step.entry,
            params=self._params(step),
            vars=encode_tags(step.vars),
            when=_join_conditions(when, step.when),
            tags=step.tags,
            become=step.become,
            become_user=step.become_user,
            environment=encode_tags(step.environment),
            no_log=step.no_log,
            outputs={
                name: ClusterOutput(value=out.value, type=out.type, secret=out.secret)
                for name, out in step.outputs.items()
            },
            always=step.always,
            vars_files=(*self._vars_files, *files),
            play=_play(step) if step.kind == "play" else None,
            hosts=step.hosts,
            policy=resolve_policy(step.policy),
            source=path,
        )

    def _params(self, step: Step) -> dict[str, Any]:
        if step.role is not None or step.kind == "play":
            return {}
        given = encode_tags(step.params)
        made = self._normalise(step.kind, given) if self._normalise else given
        if made is None:
            return {}
        return made if isinstance(made, dict) else {BARE_VALUE: made}

    def _check_within(self, own: Selector | None, within: Selector | None, path: DocPath) -> None:
        """Report hosts of a step that its task does not have; the hosts must be known."""
        if own is None or within is None or self._index is None:
            return
        allowed = frozenset(self._index.select(within))
        mine = self._index.select(own)
        if mine and allowed and allowed.isdisjoint(mine):
            report_outside_task(path, self._bag)


def _play(step: Step) -> ClusterPlay:
    return ClusterPlay(
        roles=tuple(
            ClusterPlayRole(
                role=one.role,
                vars=encode_tags(one.vars),
                when=one.when,
                tags=one.tags,
                keywords=encode_tags(keywords_of(one, PlayRole)),
            )
            for one in step.roles
        ),
        pre_tasks=_tasks(step.pre_tasks),
        tasks=_tasks(step.tasks),
        post_tasks=_tasks(step.post_tasks),
        handlers=_tasks(step.handlers),
        vars_files=step.vars_files,
        keywords=encode_tags(keywords_of(step, PlayKeys)),
    )


def _tasks(written: str | tuple[dict[str, Any], ...]) -> str | tuple[dict[str, Any], ...]:
    return written if isinstance(written, str) else tuple(encode_tags(written))


def _unique_names(steps: Sequence[Step]) -> list[str]:
    """Return a name per step: explicit ones unchanged, derived ones made unique with -2, -3."""
    taken = {step.name for step in steps if step.name}
    names = []
    for step in steps:
        if step.name:
            names.append(step.name)
            continue
        base = name = derived_name(step)
        count = 1
        while name in taken:
            count += 1
            name = f"{base}-{count}"
        taken.add(name)
        names.append(name)
    return names


def _join_conditions(first: str | None, second: str | None) -> str | None:
    if first and second and first != second:
        return f"({first}) and ({second})"
    return first or second
