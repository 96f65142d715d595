"""Makes the fragment of a pipeline: the work of pass ``expand``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from worldtree.compile.batches import check_batches
from worldtree.compile.hooks import HookTable
from worldtree.compile.step_chain import chain_fragments
from worldtree.compile.template_variables import (
    names_in_templates,
    with_referenced_variables,
    words,
)
from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.plan.fragment import DuplicateNodeError, Fragment
from worldtree.plan.ids import node_id
from worldtree.plan.node import Edge, Node
from worldtree.plan.policy import DEFAULT_POLICY, Policy
from worldtree.plan.specs import ModuleSpec, Need, PipelineSpec, Selector, StepSpec, TaskSpec
from worldtree.plan.step_work import StepWork
from worldtree.spec.resolve.modules import report_outside_task

#: Returns the names of the hosts that a selector matches, in document order.
SelectHosts = Callable[[Selector], tuple[str, ...]]
#: Returns a selector as a host pattern of Ansible; None where it cannot be said as one.
PatternOf = Callable[[Selector], Selector | None]
#: (role, entry point, whether a component calls it) -> names of the variables that it declares;
#: None when it declares nothing.
DeclaredVars = Callable[[str, str, bool], frozenset[str] | None]


def expand_pipeline(
    pipeline: PipelineSpec,
    select: SelectHosts,
    declared: DeclaredVars,
    bag: DiagnosticBag,
    pattern_of: PatternOf = lambda _selector: None,
) -> Fragment:
    """Return the fragment of ``pipeline``; problems go to ``bag``.

    A step that matches no host is left out: what is known now is not skipped at run time.
    """
    hooks = HookTable.of(pipeline, bag)
    return _Expansion(pipeline, select, declared, bag, pattern_of, hooks).run()


@dataclass(frozen=True, slots=True)
class _Hosts:
    """Hosts, and what the document says of them as a host pattern."""

    names: tuple[str, ...]
    pattern: Selector | None = None


@dataclass
class _Expansion:
    pipeline: PipelineSpec
    select: SelectHosts
    declared: DeclaredVars
    bag: DiagnosticBag
    pattern_of: PatternOf
    hooks: HookTable
    #: By module name and by ``module/task``: what a need can name.
    parts: dict[str, Fragment] = field(default_factory=dict)
    #: What each part needs; what needs a part without hosts inherits these.
    needs: dict[str, tuple[Need, ...]] = field(default_factory=dict)
    #: Ids of the nodes whose step takes its ``serial`` from what is around it.
    in_shared_batches: set[str] = field(default_factory=set)
    #: Modules all of whose tasks are left out, as they have no hosts.
    without_hosts: set[str] = field(default_factory=set)

    def run(self) -> Fragment:
        policy = self.pipeline.policy.inherit(DEFAULT_POLICY)
        modules = [self._module(module, policy) for module in self.pipeline.modules]
        whole = self._in_parallel(modules)
        edges = [e for module in self.pipeline.modules for e in self._cross_module_edges(module)]
        return self._with_hooks("", whole.linked(edges), (self.pipeline.name, "hooks"), policy)

    # ---- levels ----------------------------------------------------------------------------------

    def _module(self, module: ModuleSpec, above: Policy) -> Fragment:
        policy = module.policy.inherit(above)
        self.needs[module.name] = module.needs
        tasks = []
        for task in module.tasks:
            fragment = self._task(module, task, policy)
            self.parts[f"{module.name}/{task.name}"] = fragment
            self.needs[f"{module.name}/{task.name}"] = task.needs
            tasks.append(fragment)
        inner = [
            edge
            for task in module.tasks
            for need in task.needs
            if self._is_inner(module, need)
            for edge in self._edges(need, f"{module.name}/{task.name}")
        ]
        if all(task.on_empty == "skip" and not self.select(task.hosts) for task in module.tasks):
            self.without_hosts.add(module.name)
        where = (self.pipeline.name, module.name)
        fragment = self._in_parallel(tasks).linked(inner)
        whole = self._with_hooks(module.name, fragment, where, policy, tags=module.tags)
        self.parts[module.name] = whole
        return whole

    def _task(self, module: ModuleSpec, task: TaskSpec, above: Policy) -> Fragment:
        policy = task.policy.inherit(above)
        tags = (*module.tags, *task.tags)
        target = f"{module.name}/{task.name}"
        where = (self.pipeline.name, module.name, task.name)
        steps = []
        for step in task.steps:
            hosts = self._step_hosts(module, task, step)
            node = self._node(node_id(*where, step.name), step, hosts, policy, module, tags)
            fragment = Fragment.of(node) if hosts.names else Fragment()
            around = self._with_hooks(
                f"{target}/{step.name}", fragment, where, policy, hosts, (*tags, *step.tags)
            )
            steps.append(around)
        whole = self._with_hooks(
            target, self._chain(steps), where, policy, self._hosts(task.hosts), tags
        )
        shared = [node for node in whole.nodes.values() if node.id in self.in_shared_batches]
        check_batches(module, task, shared, self.bag)
        return whole

    def _hosts(self, selector: Selector) -> _Hosts:
        return _Hosts(self.select(selector), self.pattern_of(selector))

    def _step_hosts(self, module: ModuleSpec, task: TaskSpec, step: StepSpec) -> _Hosts:
        """Return the hosts of ``step``; of a team's step those that its task has, too."""
        if step.hosts is None:
            return self._hosts(task.hosts)
        own = self._hosts(step.hosts)
        if module.component is not None:
            return own
        allowed = frozenset(self.select(task.hosts))
        both = tuple(name for name in own.names if name in allowed)
        if own.names and allowed and not both:
            report_outside_task(step.source or (), self.bag)
        return own if both == own.names else _Hosts(both, None)

    def _node(
        self,
        name: str,
        step: StepSpec,
        hosts: _Hosts,
        above: Policy,
        module: ModuleSpec,
        tags: tuple[str, ...],
    ) -> Node:
        work = {name: getattr(step, name) for name in StepWork.model_fields}
        from_module = self._module_variables(step, module)
        work["vars"] = {**from_module, **step.vars}
        work["tags"] = tuple(dict.fromkeys((*tags, *step.tags)))
        if step.policy.serial is None and above.serial is not None:
            self.in_shared_batches.add(name)
        called = step.role is not None and module.component is None
        return Node(
            **work,
            id=name,
            hosts=hosts.names,
            host_pattern=hosts.pattern,
            module_vars=tuple(n for n in from_module if n not in step.vars) if called else (),
            policy=step.policy.inherit(above),
            component=module.component,
            reversibility="read-only" if step.read_only else "irreversible",
            source=step.source,
        )

    def _module_variables(self, step: StepSpec, module: ModuleSpec) -> dict[str, object]:
        if step.role is None or not module.vars:
            return dict(module.vars)
        declared = self.declared(step.role, step.entry, module.component is not None)
        if declared is None:
            return dict(module.vars)
        taken = {name: value for name, value in module.vars.items() if name in declared}
        own = names_in_templates([step.vars, step.keyword_values]) | words(step.when or "")
        return with_referenced_variables(taken, module.vars, own)

    # ---- hooks -----------------------------------------------------------------------------------

    def _with_hooks(
        self,
        target: str,
        inner: Fragment,
        where: tuple[str, ...],
        policy: Policy,
        hosts: _Hosts | None = None,
        tags: tuple[str, ...] = (),
    ) -> Fragment:
        """Wrap ``inner`` in the hooks of ``target``; ``where`` is the id so far.

        A hook has its target's ``tags`` besides its own, so that it is selected with its target.
        """
        module = ModuleSpec(name=where[1], tasks=())
        made: dict[str, list[Fragment]] = {"before": [], "replace": [], "after": []}
        for hook, tail in self.hooks.at(target, where):
            hook_hosts = hosts if hook.hosts is None else self._hosts(hook.hosts)
            if hook_hosts is None and target in self.without_hosts:
                continue
            if hook_hosts is None:
                hook_hosts = _hosts_of(inner) or self._hosts("all")
            if hook_hosts.names:
                update = {
                    "source": hook.step.source or hook.source,
                    "always": hook.step.always
                    or (hook.inherits_always and _has_only_finalizers(inner)),
                }
                step = hook.step.model_copy(update=update)
                made[hook.when].append(
                    Fragment.of(self._node(tail, step, hook_hosts, policy, module, tags))
                )
        if not any(made.values()):
            return inner
        middle = [self._chain(made["replace"])] if made["replace"] else [inner]
        return self._chain([*made["before"], *middle, *made["after"]])

    # ---- needs -----------------------------------------------------------------------------------

    def _is_inner(self, module: ModuleSpec, need: Need) -> bool:
        head, _, tail = need.target.partition("/")
        if tail:
            return head == module.name
        return any(task.name == head for task in module.tasks)

    def _cross_module_edges(self, module: ModuleSpec) -> Iterable[Edge]:
        for need in module.needs:
            yield from self._edges(need, module.name)
        for task in module.tasks:
            for need in task.needs:
                if not self._is_inner(module, need):
                    yield from self._edges(need, f"{module.name}/{task.name}")

    def _edges(self, need: Need, own: str, seen: frozenset[str] = frozenset()) -> Iterable[Edge]:
        target = self._resolve(need.target, own)
        found = self.parts.get(target)
        if found is None:
            self._report_dangling_need(need, own)
            return
        if not len(found) and target not in seen:
            for further in self.needs[target]:
                there = self._resolve(further.target, target)
                onward = further.model_copy(update={"target": there})
                yield from self._edges(onward, own, seen | {target})
        for before in found.exits:
            for after in self.parts[own].entries:
                yield Edge(before=before, after=after, kind=need.scope)

    def _resolve(self, target: str, own: str) -> str:
        """Return the key in ``parts`` that a need of ``own`` names; a sibling task comes first."""
        sibling = f"{own.partition('/')[0]}/{target}"
        return sibling if "/" in own and sibling in self.parts else target

    def _report_dangling_need(self, need: Need, own: str) -> None:
        module = own.partition("/")[0]
        known = [*self.parts, *(p.partition("/")[2] for p in self.parts if p.startswith(module))]
        self.bag.error(
            "dangling-need",
            f"`{own}` needs `{need.target}`, which does not exist",
            detail="A need names a task of the same module, a module, or `module/task`.",
            hint=did_you_mean(need.target, known),
            path=need.source,
        )

    # ---- composition -----------------------------------------------------------------------------

    def _in_parallel(self, parts: list[Fragment]) -> Fragment:
        try:
            return Fragment.beside(parts)
        except DuplicateNodeError as twice:
            self._report_duplicate(twice)
            return Fragment()

    def _chain(self, parts: list[Fragment]) -> Fragment:
        try:
            return chain_fragments([part for part in parts if len(part)])
        except DuplicateNodeError as twice:
            self._report_duplicate(twice)
            return Fragment()

    def _report_duplicate(self, twice: DuplicateNodeError) -> None:
        place = twice.nodes[1].source or ()
        if any(
            one.slug == "duplicate-name"
            and one.path
            and one.path[:-1] == place[: len(one.path) - 1]
            for one in self.bag.items
        ):
            return  # The check of names has reported it.
        self.bag.error(
            "duplicate-node",
            f"two steps have the same id `{twice.args[0]}`",
            detail="A node id is pipeline/module/task/step and must be unique.",
            hint="give one of them another name",
            path=twice.nodes[1].source,
        )


def _hosts_of(fragment: Fragment) -> _Hosts | None:
    """Return the hosts of all nodes, in the order they first appear; None where there is none."""
    nodes = fragment.nodes.values()
    names = tuple(dict.fromkeys(host for node in nodes for host in node.hosts))
    if not names:
        return None
    whole = {node.host_pattern for node in nodes if set(node.hosts) == set(names)}
    return _Hosts(names, next(iter(whole)) if len(whole) == 1 else None)


def _has_only_finalizers(fragment: Fragment) -> bool:
    """Whether all of its nodes are finalizers."""
    nodes = fragment.nodes.values()
    return bool(nodes) and all(node.always for node in nodes)
