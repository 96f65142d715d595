"""How outputs get out of plays and into them."""

from __future__ import annotations

from typing import Any

from worldtree.ansible.bundle.lower.outputs import (
    output_check_tasks,
    outputs_variable,
    with_publish_tasks,
)
from worldtree.ansible.bundle.lower.play_frame import hides_output
from worldtree.ansible.model.plays import PlayTask
from worldtree.plan.node import Node
from worldtree.plan.outputs import Output, OutputUse

RUN = PlayTask("Run it", "ansible.builtin.command", {"cmd": "make"})


def node(**more: Any) -> Node:
    """A node of one host."""
    return Node.model_validate({"id": "p/m/t/s", "kind": "command", "hosts": ("a",), **more})


def test_a_step_without_outputs_stays_as_it_is() -> None:
    assert with_publish_tasks(node(), [RUN]) == [RUN]


def test_the_last_result_is_registered_and_published() -> None:
    """By the action that refuses what is not of the type that was promised."""
    outputs = {
        "text": Output(value="{{ result.stdout }}"),
        "number": Output(value="{{ result.rc }}", type="int"),
        "made": Output(value="a-{{ result.rc }}", type="str"),
    }
    look, run, publish = with_publish_tasks(node(outputs=outputs), [RUN, RUN])
    assert look == RUN
    assert run.keywords == {"register": "result"}
    assert publish.action == "worldtree.core.publish"
    assert publish.args == {
        "data": {
            "text": "{{ result.stdout }}",
            "number": "{{ result.rc }}",
            "made": "a-{{ result.rc }}",
        },
        "types": {"number": "int", "made": "str"},
        "shown": True,
    }


def test_a_result_of_another_name_is_known_as_result() -> None:
    task = RUN.with_keywords(register="__worldtree_wait")
    _, publish = with_publish_tasks(node(outputs={"x": Output(value="{{ result }}")}), [task])
    assert publish.keywords == {"vars": {"result": "{{ __worldtree_wait }}"}}


def test_secret_outputs_go_another_way_and_are_hidden() -> None:
    """With the task that made them; others are shown."""
    outputs = {
        "token": Output(value="{{ result.stdout }}", secret=True),
        "rc": Output(value="{{ result.rc }}"),
    }
    run, shown, hidden = with_publish_tasks(node(outputs=outputs), [RUN])
    assert run.keywords["no_log"] is True
    assert shown.action == hidden.action == "worldtree.core.publish"
    assert (shown.args["shown"], "no_log" in shown.keywords) == (True, False)
    assert ("shown" in hidden.args, hidden.keywords["no_log"]) == (False, True)
    assert (list(shown.args["data"]), list(hidden.args["data"])) == (["rc"], ["token"])


def test_a_role_that_promises_types_is_looked_at() -> None:
    """After it, and only where it ran itself."""
    role = {"kind": "role", "role": "r", "when": "x"}
    promised = node(**role, outputs={"a": Output(type="int"), "b": Output()})
    assert [task.data() for task in output_check_tasks(promised)] == [
        {
            "name": "Check the published outputs",
            "worldtree.core.publish": {"types": {"a": "int"}},
            "when": "x",
        }
    ]
    assert output_check_tasks(node(**role, outputs={"b": Output()})) == ()
    assert output_check_tasks(node(outputs={"a": Output(value="x", type="int")})) == ()


def test_a_reader_gets_one_variable() -> None:
    assert outputs_variable(node()) == {}
    use = OutputUse(
        written="init", node="p/m/t/init", names=("x", "y"), secret=("y",), hosts=("b",)
    )
    assert outputs_variable(node(reads=(use,))) == {
        "outputs": "{{ lookup('worldtree.core.outputs', {'init': {'node': 'p/m/t/init', "
        "'names': ['x', 'y'], 'secret': ['y'], 'hosts': ['b']}}) }}"
    }


def test_readers_of_secrets_and_roles_that_publish_them_are_hidden() -> None:
    use = OutputUse(written="init", node="p/m/t/init", names=("x",))
    secret = {"x": Output(secret=True)}
    assert not hides_output(node(reads=(use,), outputs={"x": Output()}))
    assert hides_output(node(reads=(use.model_copy(update={"secret": ("x",)}),)))
    assert hides_output(node(kind="role", role="r", outputs=secret))
