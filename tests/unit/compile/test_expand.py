"""Specs become nodes: ids, hosts, variables, policies, and the edges that ``needs`` mean."""

from __future__ import annotations

from collections.abc import Callable

from unit.compile.build import module, step, task
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.fragment import Fragment
from worldtree.plan.specs import HookSpec

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
