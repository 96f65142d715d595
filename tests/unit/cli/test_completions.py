"""What a shell completes, asked as a shell asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.conftest import CommandResult, Wt, shop_spec, write_document
from worldtree.core.errors import ExitCode


@pytest.fixture
def complete(wt: Wt, monkeypatch: pytest.MonkeyPatch) -> Wt:
    """``complete("plan", "--only", "app/")``: what follows the last word."""

    def call(*words: str) -> CommandResult:
        with monkeypatch.context() as patch:
            patch.setenv("_WT_COMPLETE", "bash_complete")
            patch.setenv("COMP_WORDS", " ".join(["wt", *words]))
            patch.setenv("COMP_CWORD", str(len(words)))
            return wt()

    return call


def offered(ran: CommandResult) -> list[str]:
    """Return the values that a shell is offered."""
    assert ran.err == ""
    return [line.removeprefix("plain,") for line in ran.out.splitlines() if line]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["plan", "--only", "app/f"], ["app/files/*", "app/files/page"]),
        (["apply", "--hosts", "web"], ["web1", "web2"]),
        (["plan", "--pipeline", "d"], ["destroy-cluster"]),
        (["apply", "--cluster", "s"], ["shop"]),
        (["explain", "spec.ssh.p"], ["spec.ssh.port", "spec.ssh.privateKey"]),
        (["explain", "sp"], ["spec"]),
        (["roles", "show", "ngi"], ["nginx"]),
    ],
)
def test_values_of_the_document_and_of_the_program(
    complete: Wt, words: list[str], values: list[str]
) -> None:
    found = offered(complete(*words))
    assert [value for value in found if value in values] == values
    assert all(value.startswith(words[-1]) for value in found)


def test_tags_of_steps_and_of_tasks_inside_of_them(complete: Wt, tmp_path: Path) -> None:
    spec = shop_spec()
    task = {"ansible.builtin.debug": {"msg": "x"}, "tags": ["inner", "never"]}
    spec["modules"].append(
        {"name": "m", "tags": ["step"], "tasks": [{"name": "t", "steps": [{"tasks": [task]}]}]}
    )
    write_document(tmp_path / "cluster.yaml", spec)
    assert offered(complete("apply", "--tags", "")) == ["inner", "step"]
    assert offered(complete("plan", "--skip-tags", "i")) == ["inner"]


@pytest.mark.usefixtures("simulated")
def test_tasks_and_their_clusters(complete: Wt, wt: Wt, shop: Path) -> None:
    assert wt("apply", "-f", str(shop), "--yes").code == ExitCode.OK
    task = wt("tasks", "list", "-o", "json").json["items"][0]["id"]
    assert offered(complete("tasks", "show", "2")) == [task]
    assert offered(complete("resume", "l")) == ["latest"]
    assert offered(complete("unlock", "s")) == ["shop"]


@pytest.mark.parametrize(
    "words", [["plan", "--only", "x"], ["apply", "--hosts", ""], ["explain", "spec.nothing.x"]]
)
def test_what_cannot_be_read_completes_nothing(
    complete: Wt, tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / "cluster.yaml").write_text("spec: [")
    assert offered(complete(*words)) == []


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["user", "grant", "a"], ["ann"]),
        (["user", "grant", "ann", "v"], ["viewer"]),
        (["user", "grant", "ann", "viewer", "--project", "d"], ["default"]),
        (["token", "create", "--user", "a"], ["ann"]),
        (["token", "create", "--scope", "user:"], ["user:manage"]),
    ],
)
def test_users_roles_and_projects(
    complete: Wt, wt: Wt, words: list[str], values: list[str]
) -> None:
    wt("user", "create", "ann")
    assert offered(complete(*words)) == values


def test_a_token_is_completed_by_its_id_until_it_is_revoked(complete: Wt, wt: Wt) -> None:
    wt("user", "create", "ann")
    made = wt("token", "create", "--user", "ann", "-o", "json").json
    assert offered(complete("token", "revoke", made["id"][:3])) == [made["id"]]
    wt("token", "revoke", made["id"])
    assert offered(complete("token", "revoke", "")) == []
