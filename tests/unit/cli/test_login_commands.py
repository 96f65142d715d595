"""wt user password, wt group and wt audit verify, on a state of their own."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

import homes
from unit.cli.conftest import Wt
from worldtree.auth.passwords import check_password
from worldtree.core.errors import ExitCode
from worldtree.store.schema import audit
from worldtree.store.store import Store

PASSWORD = "four random words"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The state that the commands use, with the user ann."""
    with homes.open_store(tmp_path / "state") as found:
        found.create_user("ann", "root")
        yield found


def test_a_password_comes_from_stdin(wt: Wt, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{PASSWORD}\n".encode())))
    done = wt("user", "password", "ann", "--stdin")
    assert (done.code, done.out) == (ExitCode.OK, "")
    assert "user `ann` has a new password" in done.err
    assert PASSWORD not in done.err
    known = store.password_hash("ann")
    assert known is not None
    assert check_password(PASSWORD, known)[0]
    assert wt("user", "password", "ann", "--remove").code == ExitCode.OK
    assert store.password_hash("ann") is None


def test_a_password_that_is_too_short_is_refused(
    wt: Wt, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"short")))
    done = wt("user", "password", "ann", "--stdin")
    assert done.code == ExitCode.REFUSED
    assert "a password has 12 to 1000 characters" in done.err
    assert store.password_hash("ann") is None


def test_a_password_that_is_no_text_is_refused(
    wt: Wt, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in (b"\xff" * 20, b""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert wt("user", "password", "ann", "--stdin").code in (ExitCode.INPUT, ExitCode.REFUSED)
    assert store.password_hash("ann") is None


@pytest.mark.usefixtures("store")
def test_without_a_terminal_the_password_is_not_asked_for(wt: Wt) -> None:
    done = wt("user", "password", "ann")
    assert done.code == ExitCode.INPUT
    assert "add `--stdin`" in done.err
    assert wt("user", "password", "nobody", "--stdin").code == ExitCode.INPUT


@pytest.mark.usefixtures("store")
def test_roles_of_groups(wt: Wt) -> None:
    assert "no group has a role yet" in wt("group", "list").err
    assert wt("group", "grant", "ops", "member", "--project", "default").code == ExitCode.OK
    assert "had the role" in wt("group", "grant", "ops", "member", "--project", "default").err
    assert wt("group", "grant", "all", "viewer", "--all-projects").code == ExitCode.OK
    found = wt("group", "list", "-o", "json").json["items"]
    assert found == [
        {"group": "all", "role": "viewer", "project": "*"},
        {"group": "ops", "role": "member", "project": "default"},
    ]
    assert [line.split() for line in wt("group", "list").out.splitlines()] == [
        ["GROUP", "ROLE", "PROJECT"],
        ["all", "viewer", "all"],
        ["ops", "member", "default"],
    ]
    assert wt("group", "revoke", "ops", "member", "--project", "default").code == ExitCode.OK
    assert "did not have" in wt("group", "revoke", "ops", "member", "--project", "default").err
    for bad in (("grant", "", "member"), ("grant", "ops", "nothing"), ("grant", "a\nb", "member")):
        assert wt("group", *bad, "--all-projects").code == ExitCode.INPUT
    assert wt("group", "grant", "ops", "member").code == ExitCode.INPUT


def test_the_audit_log_is_verified_and_exported(wt: Wt, store: Store) -> None:
    store.create_user("bob", "root")
    head = store.verify_audit().head
    done = wt("audit", "verify")
    assert (done.code, done.out) == (ExitCode.OK, f"ok: 2 entries; head: {head}\n")
    assert wt("audit", "verify", "--head", head, "-o", "json").json["intact"] is True
    assert wt("audit", "verify", "--head", "abc").code == ExitCode.INPUT
    lines = [json.loads(line) for line in wt("audit", "export").out.splitlines()]
    assert [one["detail"] for one in lines] == ["ann", "bob"]
    assert lines[-1]["link"] == head
    with store._writer.begin() as connection:
        connection.execute(update(audit).where(audit.c.id == lines[0]["id"]).values(who="me"))
    done = wt("audit", "verify")
    assert done.code == ExitCode.FAILED
    assert f"entry {lines[0]['id']} of the audit log does not fit the chain" in done.err
    with store._writer.begin() as connection:
        connection.execute(delete(audit))
    done = wt("audit", "verify", "-o", "json")
    assert done.code == ExitCode.FAILED
    assert f"lacks the entry with the digest {head}" in done.err


@pytest.mark.usefixtures("store")
def test_the_log_itself_is_shown_without_a_command(wt: Wt) -> None:
    assert "user-created" in wt("audit").out
    assert wt("audit", "--limit", "1", "-o", "json").json["items"][0]["result"] == "done"
