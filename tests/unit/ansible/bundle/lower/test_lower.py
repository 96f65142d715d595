"""How nodes become plays."""

from __future__ import annotations

from typing import Any

import pytest

from unit.ansible.bundles import node, plan
from worldtree.ansible.bundle.lower import CalledRole, LoweredPlan, lower
from worldtree.ansible.model.plays import Play
from worldtree.ansible.steps import kinds
from worldtree.plan.node import Node
from worldtree.plan.outputs import Output
from worldtree.plan.plan import Plan, PlanHost, PlanSsh
from worldtree.plan.policy import Policy

HOSTS = tuple(PlanHost(name=f"h{i}", address=f"10.0.0.{i}") for i in range(1, 5))
GROUPS = {"etcd": ("h1", "h2"), "web": ("h3",), "backend": ("h2", "h1"), "everyone": ()}
FULL = CalledRole("etcd", has_precheck=True, has_rollback=True)


def _lower(
    *nodes: Node, edges: Any = (), role: CalledRole = FULL, hosts: tuple[PlanHost, ...] = HOSTS
) -> LoweredPlan:
    here = {host for node in nodes for host in node.hosts} - {host.name for host in hosts}
    assert here <= {"here"}
    bound = [n.model_copy(update={"hosts": ("h1",)}) if here & {*n.hosts} else n for n in nodes]
    return lower(plan(bound, edges, hosts, GROUPS), lambda _node: role, kinds())


def _play(role: CalledRole = FULL, **fields: Any) -> dict[str, Any]:
    fields.setdefault("hosts", ("h1", "h2"))
    step = node("step", role="etcd", **fields)
    return _lower(step, role=role).plays[step.id].data()


def _names(play: dict[str, Any], section: str = "tasks") -> list[str]:
    return [task["name"] for task in play[section]]


@pytest.mark.parametrize(
    ("hosts", "said", "pattern"),
    [
        (("h1", "h2", "h3", "h4"), "all", "all"),
        (("h1", "h2", "h3", "h4"), None, ["h1", "h2", "h3", "h4"]),
        (("h1", "h2"), "backend", "backend"),
        (("h2", "h1"), ("h2", "h1"), ["h2", "h1"]),
        (("h1", "h2"), None, ["h1", "h2"]),
        (("h3",), None, "h3"),
    ],
)
def test_a_play_has_the_pattern_of_its_node_or_its_hosts_by_name(
    hosts: tuple[str, ...], said: Any, pattern: Any
) -> None:
    """No group that has the same hosts takes the place of either."""
    assert _play(hosts=hosts, host_pattern=said)["hosts"] == pattern


def test_a_main_entry_is_called_through_roles_with_the_variables_of_the_step() -> None:
    """Those of the module are the play's."""
    given = {"shop_port": 8080, "shop_name": "a"}
    play = _play(
        CalledRole("acme.shop"), vars=given, module_vars=("shop_name",), when="shop | bool"
    )
    called = {"role": "acme.shop", "vars": {"shop_port": 8080}, "when": "shop | bool"}
    assert play["roles"] == [called]
    assert play["vars"] == {"shop_name": "a"}
    assert "pre_tasks" not in play
    assert play["gather_facts"] is False


def test_another_entry_is_imported_behind_its_precheck() -> None:
    play = _play(entry="join", when="x")
    look, work = play["tasks"][1], play["tasks"][3]
    assert play["vars"] == {"worldtree_entry": "join"}
    assert play["tasks"][0]["ansible.builtin.set_fact"] == {"worldtree_done": False}
    assert look["ansible.builtin.import_role"] == {"name": "etcd", "tasks_from": "precheck"}
    assert play["tasks"][2]["ansible.builtin.meta"] == "end_host"
    assert play["tasks"][2]["when"] == "worldtree_done | bool"
    assert work["ansible.builtin.import_role"] == {"name": "etcd", "tasks_from": "join"}
    assert (look["when"], work["when"]) == ("x", "x")


def test_another_entry_and_the_precheck_have_the_variables_of_the_step_in_a_block() -> None:
    given = {"etcd_port": 1}
    (block,) = _play(entry="join", vars=given)["tasks"]
    assert (block["vars"], len(block["block"])) == (given, 4)
    main = _play(vars=given)
    assert [part["vars"] for part in (*main["pre_tasks"], *main["roles"])] == [given, given]


def test_the_check_of_outputs_has_the_variables_that_the_condition_may_read() -> None:
    published: dict[str, Any] = {"outputs": {"token": Output(type="str")}, "when": "port == 1"}
    (block,) = _play(vars={"port": 1}, **published)["post_tasks"]
    assert (block["vars"], block["block"][0]["when"]) == ({"port": 1}, "port == 1")
    assert "block" not in _play(**published)["post_tasks"][0]


def test_variables_of_a_component_are_those_of_the_play() -> None:
    play = _play(vars={"etcd_port": 1}, component="etcd")
    assert (play["vars"]["etcd_port"], play["roles"]) == (1, [{"role": "etcd"}])


def test_a_main_entry_has_its_precheck_in_pre_tasks() -> None:
    play = _play()
    assert len(play["pre_tasks"]) == 3
    assert play["roles"] == [{"role": "etcd"}]


def test_a_precheck_runs_whichever_tasks_of_the_role_tags_select() -> None:
    """So does the check of outputs; a role without tags has those of the play alone."""
    role = CalledRole("shop", has_precheck=True, has_tags=True)
    play = _play(role, outputs={"token": Output(type="str")}, tags=("web",))
    ours = [*play["pre_tasks"], *play["post_tasks"]]
    assert [task["tags"] for task in ours] == [["always"]] * 4
    assert all("tags" not in task for task in _play()["pre_tasks"])


def test_a_precheck_has_no_precheck_of_its_own() -> None:
    assert _names(_play(entry="precheck")) == ["Run the entry point precheck"]


def test_a_role_that_gets_a_secret_is_hidden_but_for_what_its_precheck_found() -> None:
    play = _play(vars={"etcd_password": "${env:PW}"})
    assert play["no_log"] is True
    secret = "{{ lookup('worldtree.core.secret', 'env:PW') }}"
    assert play["roles"][0]["vars"]["etcd_password"] == secret
    (checks,) = play["pre_tasks"]
    told = [task for task in checks["block"] if task.get("no_log") is False]
    assert [list(task["ansible.builtin.set_fact"]) for task in told] == [["worldtree_done"]]


def test_the_document_has_the_last_word_on_what_is_hidden() -> None:
    assert "no_log" not in _play(vars={"etcd_password": "${env:PW}"}, no_log=False)
    assert _play(no_log=True)["no_log"] is True


def test_rights_environment_and_tags_are_those_of_the_node() -> None:
    play = _play(become_user="etcd", environment={"A": "${env:B}"}, tags=("t",), no_log=False)
    assert (play["become"], play["become_user"], play["tags"]) == (True, "etcd", ["t"])
    assert list(play["environment"]) == ["WORLDTREE_ATTEMPT", "A"]
    assert "lookup('worldtree.core.secret', 'env:B')" in play["environment"]["A"]
    assert _play(become=False, become_user="etcd")["become"] is False
    assert "become_user" not in _play(become=False, become_user="etcd")


@pytest.mark.parametrize(
    ("becoming", "expected"),
    [
        ((), (None, None)),
        (("h1", "h2"), (True, "deploy")),
        (("h2",), ("{{ worldtree_become | default(false) }}", "deploy")),
    ],
)
def test_a_step_becomes_whom_its_hosts_want_unless_it_says_otherwise(
    becoming: tuple[str, ...], expected: tuple[Any, Any]
) -> None:
    ssh = PlanSsh(become=True, become_user="deploy")
    hosts = tuple(h.model_copy(update={"ssh": ssh}) if h.name in becoming else h for h in HOSTS)
    silent = node("step", role="etcd", hosts=("h1", "h2"))
    play = _lower(silent, hosts=hosts).plays[silent.id].data()
    assert (play.get("become"), play.get("become_user")) == expected
    refusing = silent.model_copy(update={"become": False})
    assert _lower(refusing, hosts=hosts).plays[silent.id].data()["become"] is False


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, (None, None, None)),
        ({"serial": "50%"}, ("50%", None, 0)),
        ({"serial": 2, "allowed_failures": 1}, (2, None, 50)),
        ({"serial": (1, "100%"), "throttle": 3}, ([1, "100%"], 3, 0)),
        ({"serial": 1, "allowed_failures": 4}, (1, None, 100)),
        ({"allowed_failures": 1}, (None, None, None)),
    ],
)
def test_batches_stop_when_more_hosts_failed_than_are_allowed(
    policy: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    play = _play(policy=Policy(**policy))
    keys = ("serial", "throttle", "max_fail_percentage")
    assert tuple(play.get(key) for key in keys) == expected


def test_a_rollback_calls_the_role_which_learns_what_is_undone() -> None:
    step = node("step", role="etcd", entry="join", hosts=("h1",))
    undo = _lower(step).rollbacks[step.id].data()
    assert undo["vars"] == {"worldtree_entry": "rollback", "worldtree_undone_entry": "join"}
    assert undo["tasks"][-1]["ansible.builtin.import_role"]["tasks_from"] == "rollback"


@pytest.mark.parametrize(
    ("fields", "role"),
    [
        ({}, CalledRole("etcd")),
        ({"entry": "verify"}, FULL),
        ({"entry": "remove"}, FULL),
        ({"reversibility": "read-only"}, FULL),
    ],
)
def test_what_has_nothing_to_undo_or_no_way_has_no_rollback(
    fields: dict[str, Any], role: CalledRole
) -> None:
    assert _lower(node("step", role="etcd", **fields), role=role).rollbacks == {}


def test_an_escaped_reference_in_an_expression_is_the_text_itself() -> None:
    step = node(
        "x",
        "command",
        hosts=("h1",),
        params={"cmd": "x"},
        when="x == '$${env:A}'",
        outputs={"o": Output(value="$${env:A}")},
    )
    (data,) = _lower(step).plays[step.id].data()["tasks"]
    assert data["when"] == "x == '${env:A}'"
    assert data["block"][1]["worldtree.core.publish"]["data"] == {"o": "${env:A}"}


def test_collections_are_those_that_plays_name() -> None:
    lowered = _lower(
        node("sysctl", "sysctl", {"name": "a.b", "value": 1}),
        node("say", "command", {"cmd": "echo {{ x | community.crypto.parse_serial }}"}),
        node("wait", "wait", 80),
    )
    text = "echo {{ lookup('ansible.builtin.template', 'list.md.j2') }} {{ a is not acme.net.up }}"
    text += " {{ x | map('acme.text.trim') | selectattr('y', 'acme.time.later') }}"
    named = _lower(node("say", "command", {"cmd": text})).collections
    assert named == ("acme.net", "acme.text", "acme.time")
    assert lowered.collections == ("ansible.posix", "community.crypto", "worldtree.core")
    assert _lower(node("wait", "wait", 80)).collections == ()


# ---- layers ------------------------------------------------------------------------------------


def _guarded(of: Plan) -> list[list[Play]]:
    return [list(layer.barriers) for layer in lower(of, lambda _node: FULL, kinds()).layers]


def _steps(kind: str, **first: Any) -> Plan:
    one = node("one", "wait", 80, hosts=("h1", "h2"), host_pattern="backend", **first)
    two = node("two", "wait", 81, hosts=("h1", "h2", "h3"))
    return plan([one, two], [("one", "two", kind)], HOSTS, GROUPS)


def test_a_barrier_is_guarded_in_a_plain_run() -> None:
    first, (guard,) = _guarded(_steps("barrier"))
    data = guard.data()
    assert first == []
    assert "'backend'" in data["vars"]["worldtree_waited"]
    # A host outside a play that fails would continue with the next.
    assert (data["hosts"], data["any_errors_fatal"]) == ("all", True)
    assert data["tags"] == ["always"]
    (condition,) = data["tasks"][0]["ansible.builtin.assert"]["that"]
    assert condition.endswith("<= 0")


@pytest.mark.parametrize(
    ("said", "waited"),
    [
        (
            ("backend", "web"),
            "{{ query('ansible.builtin.inventory_hostnames', 'backend', 'web') }}",
        ),
        (("backend", "all"), "{{ query('ansible.builtin.inventory_hostnames', 'all') }}"),
        (("all:!web", "web"), ["h1", "h2", "h3"]),
        (("h2", None), ["h2", "h3"]),
        (
            ("~h[12]\\b", "web"),
            "{{ query('ansible.builtin.inventory_hostnames', '~h[12]\\\\b', 'web') }}",
        ),
    ],
)
def test_a_barrier_waits_for_the_hosts_in_the_words_of_its_nodes(
    said: tuple[Any, Any], waited: Any
) -> None:
    """Parts that leave hosts out would do so for the other nodes as well."""
    first, second = said
    nodes = [
        node("a", "wait", 80, hosts=("h2",) if first == "h2" else ("h1", "h2"), host_pattern=first),
        node("b", "wait", 81, hosts=("h3",), host_pattern=second),
        node("c", "wait", 82, hosts=("h1", "h2", "h3")),
    ]
    edges = [("a", "c", "barrier"), ("b", "c", "barrier")]
    (guard,) = _guarded(plan(nodes, edges, HOSTS, GROUPS))[1]
    assert guard.vars["worldtree_waited"] == waited


def test_hosts_that_go_on_by_themselves_are_not_guarded() -> None:
    assert _guarded(_steps("host")) == [[], []]
    assert _guarded(_steps("soft")) == [[], []]


def test_failures_that_are_allowed_pass_the_guard() -> None:
    (guard,) = _guarded(_steps("barrier", policy=Policy(allowed_failures="50%")))[1]
    (condition,) = guard.data()["tasks"][0]["ansible.builtin.assert"]["that"]
    assert condition.endswith("<= 1")


def test_a_node_that_fails_fast_is_guarded_whatever_its_edges() -> None:
    (guard,) = _guarded(_steps("host", policy=Policy(on_failure="fail-fast")))[1]
    assert "'backend'" in guard.vars["worldtree_waited"]


def test_layers_are_called_by_number_and_modules() -> None:
    names = ["a", "b", "c", "d"]
    nodes = [node(f"demo/{name}/t/s", "wait", 80) for name in names]
    assert [layer.name for layer in _lower(*nodes).layers] == ["00-a-b-and-2-more"]
    assert [layer.name for layer in _lower(*nodes[:3]).layers] == ["00-a-b-c"]
