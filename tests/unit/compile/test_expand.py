"""Specs become nodes: ids, hosts, variables, policies, and the edges that ``needs`` mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from unit.compile.build import module, step, task
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.fragment import Fragment
from worldtree.plan.specs import HookSpec, StepSpec

Expanded = Callable[..., Fragment]


def edges(fragment: Fragment) -> set[str]:
    arrow = {"barrier": "=>", "host": "->", "soft": "~>"}
    short = {name: name.removeprefix("p/") for name in fragment.nodes}
    return {f"{short[e.before]} {arrow[e.kind]} {short[e.after]}" for e in fragment.edges}


def test_steps_of_a_task_are_a_chain_per_host(expanded: Expanded) -> None:
    found = expanded(module("m", task("t", "a", "b", "c", hosts="web")))
    assert edges(found) == {"m/t/a -> m/t/b", "m/t/b -> m/t/c"}
    assert found.nodes["p/m/t/a"].hosts == ("w1", "w2")


def test_tasks_without_needs_run_side_by_side(expanded: Expanded) -> None:
    assert edges(expanded(module("m", task("t"), task("u")))) == set()


def test_a_need_is_a_barrier_from_all_exits_to_all_entries(expanded: Expanded) -> None:
    found = expanded(
        module("m", task("t", "a", "b"), task("u")), module("n", task("v"), needs=("m",))
    )
    assert edges(found) == {
        "m/t/a -> m/t/b",
        "m/t/b => n/v/run",
        "m/u/run => n/v/run",
    }


def test_a_sibling_task_comes_before_a_module_of_the_same_name(expanded: Expanded) -> None:
    found = expanded(module("m", task("n"), task("u", needs=("n",))), module("n", task("x")))
    assert edges(found) == {"m/n/run => m/u/run"}


def test_a_need_reaches_a_task_of_another_module(expanded: Expanded) -> None:
    found = expanded(module("m", task("t"), task("u")), module("n", task("v", needs=("m/t",))))
    assert edges(found) == {"m/t/run => n/v/run"}


def test_a_host_left_out_in_the_middle_keeps_its_own_edge(expanded: Expanded) -> None:
    found = expanded(module("m", task("t", "a", step("b", hosts="w1"), "c", hosts="web")))
    assert edges(found) == {"m/t/a -> m/t/b", "m/t/b -> m/t/c", "m/t/a -> m/t/c"}


def test_steps_that_share_no_host_wait_wholly(expanded: Expanded) -> None:
    found = expanded(module("m", task("t", step("a", hosts="db"), step("b", hosts="web"))))
    assert edges(found) == {"m/t/a => m/t/b"}


def test_a_task_without_hosts_still_hands_on_what_it_waits_for(expanded: Expanded) -> None:
    found = expanded(
        module("m", task("t"), task("gone", hosts="none", needs=("t",)), task("u", needs=("gone",)))
    )
    assert edges(found) == {"m/t/run => m/u/run"}


def test_module_variables_go_where_they_are_declared(expanded: Expanded) -> None:
    found = expanded(
        module(
            "m",
            task(
                "t",
                step("declares", kind="role", role="r"),
                step("silent", kind="role", role="free"),
                step("own", kind="role", role="r", vars={"odd": 1}),
            ),
            vars={"known": 1, "other": 2},
        )
    )
    assert found.nodes["p/m/t/declares"].vars == {"known": 1}
    assert found.nodes["p/m/t/silent"].vars == {"known": 1, "other": 2}
    assert found.nodes["p/m/t/own"].vars == {"known": 1, "odd": 1}


def test_a_node_names_the_variables_that_its_role_has_of_the_module(expanded: Expanded) -> None:
    """Only a team's role has variables of its own; a step's value replaces a module's."""
    steps = (
        step("role", kind="role", role="r", vars={"odd": 1}),
        step("same", kind="role", role="r", vars={"known": 2}),
        step("copy", kind="copy", params={"dest": "/x"}),
    )
    found = expanded(module("m", task("t", *steps), vars={"known": 1}))
    assert [found.nodes[f"p/m/t/{name}"].module_vars for name in ("role", "same", "copy")] == [
        ("known",),
        (),
        (),
    ]
    built = module("c", task("t", steps[0]), vars={"known": 1}, component="c")
    assert expanded(built).nodes["p/c/t/role"].module_vars == ()


def test_policies_are_inherited_downwards(expanded: Expanded) -> None:
    found = expanded(
        module(
            "m",
            task("t", step("a", policy={"retries": 5}), "b", policy={"mutex": "apt"}),
            policy={"retries": 1},
        ),
        policy={"timeout": 30},
    )
    a, b = found.nodes["p/m/t/a"].policy, found.nodes["p/m/t/b"].policy
    assert (a.retries, a.mutex, a.timeout, a.on_failure) == (5, "apt", 30, "ignore")
    assert (b.retries, b.mutex, b.timeout) == (1, "apt", 30)


def test_a_dangling_need_is_reported_with_the_nearest_name(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    expanded(module("m", task("app"), task("u", needs=("ap",))))
    (problem,) = bag.items
    assert problem.slug == "dangling-need"
    assert problem.hint == "did you mean `app`?"


def test_two_steps_of_one_name_are_reported(expanded: Expanded, bag: DiagnosticBag) -> None:
    expanded(module("m", task("t", step("a"), step("a", params={"argv": ["x"]}))))
    assert [d.slug for d in bag.items] == ["duplicate-node"]


def hook(when: str, target: str, **more: object) -> HookSpec:
    data = {"name": "h", "when": when, "target": target, "step": step("h"), **more}
    return HookSpec.model_validate(data)


def test_hooks_stand_around_a_step(expanded: Expanded) -> None:
    found = expanded(
        module("m", task("t", "a", "b", hosts="web")),
        hooks=(hook("before", "m/t/b"), hook("after", "m/t/b", name="g")),
    )
    assert edges(found) == {
        "m/t/a -> m/t/before-b-h",
        "m/t/before-b-h -> m/t/b",
        "m/t/b -> m/t/after-b-g",
    }
    assert found.nodes["p/m/t/before-b-h"].hosts == ("w1", "w2")


def test_hooks_stand_around_a_module_and_the_pipeline(expanded: Expanded) -> None:
    found = expanded(
        module("m", task("t"), task("u")),
        hooks=(hook("before", "m", hosts="db"), hook("after", "", hosts="all")),
    )
    assert edges(found) == {
        "m/before/h -> m/t/run",
        "m/before/h -> m/u/run",
        "m/t/run -> hooks/after/h",
        "m/u/run -> hooks/after/h",
    }


def test_a_hook_replaces_a_task(expanded: Expanded) -> None:
    found = expanded(
        module("m", task("t", "a", "b"), task("u", needs=("t",))), hooks=(hook("replace", "m/t"),)
    )
    assert set(found.nodes) == {"p/m/t/replace-h", "p/m/u/run"}
    assert edges(found) == {"m/t/replace-h => m/u/run"}


def test_a_hook_at_nothing_is_reported(expanded: Expanded, bag: DiagnosticBag) -> None:
    expanded(module("web", task("t")), hooks=(hook("before", "wbe"),))
    assert [(d.slug, d.hint) for d in bag.items] == [("unknown-hook-target", "did you mean `web`?")]


def test_two_hooks_in_place_of_one_thing_are_refused(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    expanded(
        module("m", task("t")),
        hooks=(hook("replace", "m/t"), hook("replace", "m/t", name="g"), hook("replace", "m/t/b")),
    )
    found = [(d.slug, d.is_error, d.summary) for d in bag.items]
    assert ("replaced-twice", True, "the hooks `h` and `g` both replace `m/t`") in found


def test_hooks_inside_a_replaced_target_are_reported(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    """Once each; those of what is replaced itself stay."""
    found = expanded(
        module("m", task("t", "a", "b")),
        hooks=(
            hook("replace", "m/t", name="whole"),
            hook("before", "m/t", name="stays"),
            hook("before", "m/t/a", name="one"),
            hook("replace", "m/t/b", name="two"),
        ),
    )
    assert set(found.nodes) == {"p/m/t/before-stays", "p/m/t/replace-whole"}
    assert [(d.slug, d.is_error) for d in bag.items] == [("hook-replaced", False)] * 2
    assert [d.summary.split("`")[1] for d in bag.items] == ["one", "two"]


def test_a_hook_that_replaces_a_finalizer_is_one_by_default(
    expanded: Expanded,
) -> None:
    drained = module("m", task("t", "drain", step("uncordon", always=True)))
    for says in (True, False):
        found = expanded(
            drained,
            hooks=(
                hook("replace", "m/t/uncordon", name="own", inherits_always=not says),
                hook("replace", "m/t/drain", name="other", inherits_always=True),
                hook("before", "m/t/uncordon", name="ask"),
            ),
        )
        always = {name for name, node in found.nodes.items() if node.always}
        assert always == (set() if says else {"p/m/t/replace-uncordon-own"})


DRAIN = step("drain", kind="role", role="free")
UPDATE = step("update", kind="role", role="free")
WAIT = step("wait", kind="wait", params={"port": 80})
LOOK = step("look", kind="role", role="free", entry="verify")
BY_ONE = {"policy": {"serial": 1}}
ALONE = {**BY_ONE, "role": "free", "kind": "role"}


@pytest.mark.parametrize(
    ("steps", "more", "reported"),
    [
        ((DRAIN, UPDATE), BY_ONE, ["error"]),
        ((DRAIN, UPDATE), {"policy": {"serial": ("50%", "100%")}}, ["error"]),
        ((step("run", params={"cmd": "true"}), UPDATE), BY_ONE, ["error"]),
        ((UPDATE, WAIT), BY_ONE, ["warning"]),
        ((UPDATE, LOOK), BY_ONE, ["warning"]),
        ((UPDATE, step("unknown", kind="unknown")), BY_ONE, ["warning"]),
        ((step("one"), step("two")), BY_ONE, ["warning"]),
        ((DRAIN,), BY_ONE, []),
        ((DRAIN, UPDATE), {}, []),
        ((DRAIN, UPDATE), {"policy": {"serial": 2}}, []),
        ((DRAIN, UPDATE), {"policy": {"serial": "100%"}}, []),
        ((DRAIN, UPDATE), {**BY_ONE, "hosts": "db"}, []),
        ((step("a", **ALONE), step("b", **ALONE)), {}, []),
        ((step("a", **ALONE), step("b", **ALONE)), BY_ONE, []),
    ],
)
def test_serial_of_a_task_does_not_hold_its_steps_together(
    expanded: Expanded,
    bag: DiagnosticBag,
    steps: tuple[StepSpec, ...],
    more: dict[str, object],
    reported: list[str],
) -> None:
    """Each step would finish on all hosts before the next one begins on any."""
    source = ("spec", "modules", 0, "tasks", 0)
    expanded(module("m", task("t", *steps, **{"hosts": "web", "source": source, **more})))
    assert [str(found.severity) for found in bag.items] == reported
    assert [found.path for found in bag.items] == [(*source, "policy", "serial")] * len(reported)


def test_an_inherited_serial_is_reported_once_where_it_stands(
    expanded: Expanded, bag: DiagnosticBag
) -> None:
    tasks = [task(name, DRAIN, UPDATE, hosts="web") for name in ("t", "u")]
    expanded(module("m", *tasks, **BY_ONE, source=("spec", "modules", 3)))
    expanded(module("n", *tasks), policy={"serial": 1})
    assert [found.path for found in bag.items] == [
        ("spec", "modules", 3, "policy", "serial"),
        ("spec", "policy", "serial"),
    ]


def test_a_hook_at_a_task_is_one_of_its_steps(expanded: Expanded, bag: DiagnosticBag) -> None:
    hook = HookSpec(name="h", when="before", target="m/t", step=DRAIN)
    expanded(module("m", task("t", UPDATE, hosts="web", **BY_ONE)), hooks=(hook,))
    (found,) = bag.items
    assert "`before-h` runs on all hosts" in found.detail


def test_steps_of_a_component_are_its_own_matter(expanded: Expanded, bag: DiagnosticBag) -> None:
    expanded(module("m", task("t", DRAIN, UPDATE, hosts="web", **BY_ONE), component="m"))
    assert bag.items == []
