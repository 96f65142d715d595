"""All secrets are resolved before anything is touched, or the missing ones are reported."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from unit.secrets.providers.test_ansible_vault import vaulted
from unit.secrets.test_broker import new_key
from worldtree.app.ports import Question
from worldtree.app.tasks.secret_preflight import open_secrets
from worldtree.core.errors import DocPath, ExitCode, InputError, Mark, RefusedError
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan, PlanHost

STEP: DocPath = ("spec", "modules", 0)


def plan(
    ssh: dict[str, Any] | None = None, secrets: dict[str, Any] | None = None, **more: Any
) -> Plan:
    """A plan of one node on one host."""
    raw = {"id": "p/m/t/s", "kind": "copy", "hosts": ("a",), "source": STEP, **more}
    node = Node.model_validate(raw)
    graph = ExecutionGraph(pipeline="p", nodes={node.id: node})
    host = PlanHost.model_validate({"name": "a", "address": "10.0.0.1", "ssh": ssh or {}})
    unused = PlanHost(name="z", address="10.0.0.2", vars={"ansible_password": "${env:UNUSED}"})
    given = secrets or {}
    return Plan(cluster="c", pipeline="p", hosts=(host, unused), graph=graph, secrets=given)


def test_all_that_is_missing_is_reported_at_once(tmp_path: Path) -> None:
    """Each reference once: what, where it is needed, why, how to fix it; exit code 2."""
    wanted = plan(
        params={"content": "${env:A}${env:B}"},
        vars={"x": [f"${{file:{tmp_path}/no}}", "$${env:C}", "${env:B}"]},
        ssh={"password": "${vault:kv/ssh#password}"},
    )
    with pytest.raises(InputError) as caught:
        open_secrets(wanted, environ={"B": ""}, locate=lambda _: Mark("cluster.yaml", 7, 3))
    found = {d.summary: d for d in caught.value.diagnostics}
    assert list(found) == [
        f"`${{file:{tmp_path}/no}}`: the file {tmp_path}/no does not exist",
        "`${env:B}`: the environment variable B is empty",
        "`${env:A}`: the environment variable A is not set",
        "`${vault:kv/ssh#password}`: the address of Vault is not configured",
    ]
    empty = found["`${env:B}`: the environment variable B is empty"]
    assert empty.detail == "It is needed at p/m/t/s: vars.x[2], p/m/t/s: copy.content."
    assert (empty.slug, str(empty.mark)) == ("secret-not-found", "cluster.yaml:7:3")
    assert empty.hint
    assert (
        "spec.ssh.password"
        in found["`${vault:kv/ssh#password}`: the address of Vault is not configured"].detail
    )
    assert caught.value.exit_code is ExitCode.INPUT


def test_what_is_there_is_resolved(tmp_path: Path) -> None:
    """Files beside the bundle may come later; hosts without work do not count."""
    (tmp_path / "key").write_text("from-file")
    texts = ["${env:A}", f"${{file:{tmp_path}/key}}", "${file:keys/own}", "$${env:B}"]
    with open_secrets(plan(vars={"x": texts}), environ={"A": "from-env"}) as broker:
        assert sorted(broker.values()[0]) == ["from-env", "from-file"]


def test_questions_are_asked_once_before_the_work() -> None:
    asked = []

    def ask(question: Question) -> str:
        asked.append(question.text)
        return "answer"

    wanted = plan(vars={"x": ["${prompt:DB password}", "${prompt:DB password}", "${prompt:PIN}"]})
    with open_secrets(wanted, environ={"WORLDTREE_PROMPT_PIN": "1234"}, ask=ask) as broker:
        assert sorted(broker.values()[0]) == ["1234", "answer"]
    assert asked == ["DB password"]


def test_an_extra_variable_answers_the_prompt_of_its_name() -> None:
    """As in Ansible, where the prompt of a variable given by `-e` is skipped."""
    wanted = plan(vars={"release": "${prompt:Release}", "pin": "${prompt:PIN}"})
    answered = wanted.model_copy(update={"extra_vars": {"release": "2.0"}})
    with open_secrets(answered, environ={}, ask=lambda question: f"{question.text}!") as broker:
        assert sorted(broker.values()[0]) == ["PIN!"]


ASKED = {
    "Release": {"default": "1.0", "private": False},
    "Password": {"default": "hidden", "confirm": True},
}


def test_the_document_says_how_a_question_is_asked() -> None:
    """An answer that shows is not redacted; an empty one stands for the default."""
    asked = []

    def ask(question: Question) -> str:
        asked.append(question)
        return "" if question.text == "Release" else "typed"

    wanted = plan(
        vars={"a": "${prompt:Release}", "b": "${prompt:Password}"},
        secrets={"prompt": {"questions": ASKED}},
    )
    with open_secrets(wanted, environ={}, ask=ask) as broker:
        assert broker.values()[0] == ["typed"]
    assert asked == [
        Question("Release", is_shown=True, default="1.0"),
        Question("Password", is_confirmed=True, default="hidden"),
    ]
    # As with Ansible, the defaults hold where nobody can be asked.
    with open_secrets(wanted, environ={}) as broker:
        assert broker.values()[0] == ["hidden"]


def test_without_a_terminal_questions_are_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        open_secrets(plan(vars={"x": "${prompt:DB password}"}), environ={})
    assert "`DB password`" in caught.value.message
    assert "WORLDTREE_PROMPT_DB_PASSWORD" in caught.value.hint
    assert caught.value.exit_code is ExitCode.REFUSED


def test_the_password_of_vaulted_files_is_asked_where_nothing_gives_it(tmp_path: Path) -> None:
    """And is not where a file does, or where nobody is there to be asked."""
    reference = f"${{ansible-vault:{vaulted(tmp_path)}#shop.password}}"
    wanted = plan(vars={"x": reference})
    with open_secrets(wanted, environ={}, ask=lambda _: "pa55word") as broker:
        assert "canary-av" in broker.values()[0]
    settings = {"ansibleVault": {"passwordFile": str(tmp_path / "password")}}

    def nobody(question: Question) -> str:
        raise AssertionError(question.text)

    open_secrets(plan(vars={"x": reference}, secrets=settings), environ={}, ask=nobody).close()
    with pytest.raises(InputError, match="no vault password"):
        open_secrets(wanted, environ={})


def test_keys_are_in_an_agent_of_the_task(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    wanted = plan(ssh={"private_key": "${env:KEY}"})
    with open_secrets(wanted, environ={"KEY": key, "PATH": os.environ["PATH"]}) as broker:
        environ = {**os.environ, **broker.environment()}
        listed = subprocess.run(["ssh-add", "-l"], env=environ, capture_output=True, text=True)
        assert "ED25519" in listed.stdout
    with pytest.raises(InputError, match="not a private key that ssh can use"):
        open_secrets(wanted, environ={"KEY": "not a key"})


def test_nothing_is_left_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a process nor a directory."""
    with tempfile.TemporaryDirectory(prefix="wt-", dir="/tmp") as place:
        monkeypatch.setattr(tempfile, "tempdir", place)
        with pytest.raises(InputError):
            open_secrets(plan(vars={"x": "${env:NOPE}"}), environ={})
        assert list(Path(place).iterdir()) == []


def test_the_variable_of_a_prompt_can_be_given_instead() -> None:
    wanted = plan(vars={"release": "${prompt:Release}", "text": "v${prompt:Other}"})
    with pytest.raises(RefusedError) as caught:
        open_secrets(wanted, environ={})
    assert "WORLDTREE_PROMPT_RELEASE, WORLDTREE_PROMPT_OTHER, or" in caught.value.hint
    assert "`-e release=VALUE`" in caught.value.hint
    assert "-e text" not in caught.value.hint


@pytest.mark.parametrize("environ", [{"WORLDTREE_PROMPT_PIN": "1234"}, {}])
def test_no_variable_answers_two_questions(environ: dict[str, str]) -> None:
    """Two secrets would silently be the same one; on a terminal each is asked."""
    wanted = plan(vars={"a": "${prompt:PIN?}", "b": "${prompt:PIN!}", "c": "${prompt:PIN?}"})
    asked: list[str] = []

    def ask(question: Question) -> str:
        asked.append(question.text)
        return "x" * 8

    with pytest.raises(RefusedError) as caught:
        open_secrets(wanted, environ=environ, ask=ask if environ else None)
    assert "WORLDTREE_PROMPT_PIN would answer several" in caught.value.message
    assert "`PIN?`, `PIN!`" in caught.value.message
    assert asked == []
    open_secrets(wanted, environ={}, ask=ask).close()
    assert asked == ["PIN?", "PIN!"]
