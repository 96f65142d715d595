"""Tokens: what they allow, and when they are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, update

from worldtree.app.admin.access import AccessService
from worldtree.app.admin.access_names import AccessInputError
from worldtree.auth.permissions import BUILTIN_ROLES
from worldtree.auth.principal import MissingPermissionError
from worldtree.auth.tokens import TokenKind, new_token, token_digest
from worldtree.core.errors import RefusedError
from worldtree.store.access_tables import tokens
from worldtree.store.db_errors import StoreBusyError
from worldtree.store.schema import DEFAULT_PROJECT
from worldtree.store.store import Store


def test_a_token_gives_the_rights_of_its_owner(access: AccessService) -> None:
    team = access.create_project("team")
    access.grant("ann", "member", "team")
    access.grant("ann", "viewer", "*")
    found = access.authenticate(access.create_token("ann").token)
    assert found.name == "ann"
    assert found.allowed(team.id) == BUILTIN_ROLES["member"] | BUILTIN_ROLES["viewer"]
    assert found.allowed(DEFAULT_PROJECT) == BUILTIN_ROLES["viewer"]
    assert found.scopes is None


def test_scopes_and_rights_are_both_checked(access: AccessService) -> None:
    access.grant("ann", "viewer", "default")
    made = access.create_token("ann", scopes=["task:get", "task:cancel"])
    found = access.authenticate(made.token)
    assert found.allowed(DEFAULT_PROJECT) == {"task:get"}
    found.require("task:get", DEFAULT_PROJECT)
    for permission in ("task:cancel", "cluster:get"):
        with pytest.raises(MissingPermissionError, match=f"`{permission}`"):
            found.require(permission, DEFAULT_PROJECT)
    # A role that is given later counts at once, within the scopes.
    access.grant("ann", "admin", "*")
    assert access.authenticate(made.token).allowed("any") == {"task:get", "task:cancel"}
    assert access.authenticate(access.create_token("ann", scopes=[]).token).allowed("any") == set()


def test_rights_follow_changes_of_a_custom_role(access: AccessService) -> None:
    access.set_role("starter", ["task:create", "task:get"])
    access.grant("ann", "starter", "default")
    token = access.create_token("ann").token
    assert access.authenticate(token).allowed(DEFAULT_PROJECT) == {"task:create", "task:get"}
    access.set_role("starter", ["task:get"])
    assert access.authenticate(token).allowed(DEFAULT_PROJECT) == {"task:get"}
    access.revoke("ann", "starter", "default")
    assert access.authenticate(token).allowed(DEFAULT_PROJECT) == set()


def revoked(access: AccessService, _store: Store) -> str:
    made = access.create_token("ann")
    access.revoke_token(made.record.id)
    return made.token


def expired(access: AccessService, store: Store) -> str:
    made = access.create_token("ann", lifetime=60)
    with store._writer.begin() as connection:
        connection.execute(update(tokens).values(expires=tokens.c.expires - 60))
    return made.token


def disabled(access: AccessService, _store: Store) -> str:
    made = access.create_token("ann")
    access.disable_user("ann")
    return made.token


def misspelt(access: AccessService, store: Store) -> str:
    """Even where the database has its digest."""
    user = store.user("ann")
    assert user is not None
    token = access.create_token("ann").token
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    store.add_token(token_digest(wrong), user.id, "root")
    return wrong


def unknown(_access: AccessService, _store: Store) -> str:
    return new_token()


def digest(access: AccessService, _store: Store) -> str:
    """What somebody who reads the database has."""
    return token_digest(access.create_token("ann").token)


BAD: list[Callable[[AccessService, Store], str]] = [
    *(revoked, expired, disabled, misspelt, unknown, digest),
    *(lambda *_, text=text: text for text in ("", "wtp_", "x" * 100_000, "\ud800", "ä\0\n")),
]


@pytest.mark.parametrize("make", BAD)
def test_a_token_that_is_not_valid(
    access: AccessService, store: Store, make: Callable[[AccessService, Store], str]
) -> None:
    """One message for all, and the same statements to the database."""
    token = make(access, store)
    sent: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    with pytest.raises(RefusedError) as refused:
        access.authenticate(token)
    found, statements = refused.value, [*sent]
    assert (found.message, found.code) == ("the token is not valid", "token-invalid")
    sent.clear()
    with pytest.raises(RefusedError) as other:
        access.authenticate(new_token())
    assert (other.value.message, other.value.hint) == (found.message, found.hint)
    assert sent == statements


def test_an_enabled_user_has_its_tokens_again(access: AccessService) -> None:
    token = access.create_token("ann").token
    assert access.disable_user("ann")
    assert not access.disable_user("ann")
    with pytest.raises(RefusedError, match="the user `ann` is disabled"):
        access.create_token("ann")
    assert access.enable_user("ann")
    assert access.authenticate(token).name == "ann"


def test_use_is_stored_once_a_minute(access: AccessService, store: Store) -> None:
    made = access.create_token("ann")
    assert access.list_tokens()[0].used is None
    access.authenticate(made.token)
    [first] = access.list_tokens()
    assert first.used is not None
    writes: list[str] = []
    event.listen(store._writer, "before_cursor_execute", lambda *args: writes.append(args[2]))
    access.authenticate(made.token)
    assert [one for one in writes if one.startswith("UPDATE")] == []
    assert access.list_tokens() == [first]


def test_a_busy_database_refuses_no_valid_token(
    access: AccessService, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = access.create_token("ann")

    def busy(*_: object) -> None:
        raise StoreBusyError("busy", code="store-busy")

    monkeypatch.setattr(Store, "mark_token_used", busy)
    assert access.authenticate(made.token).name == "ann"


def test_the_secret_is_shown_once_and_stored_nowhere(
    access: AccessService, store: Store, tmp_path: Path
) -> None:
    made = access.create_token("ann", name="ci", kind=TokenKind.SERVICE)
    assert made.token.startswith("wts_")
    access.authenticate(made.token)
    assert made.token not in repr(made)
    assert made.token not in repr(store.audit_log()) + repr(access.list_tokens())
    store.close()
    files = [file for file in (tmp_path / "home").rglob("*") if file.is_file()]
    assert files
    assert not any(made.token.encode() in file.read_bytes() for file in files)


def test_only_the_tokens_of_an_owner_exist_for_it(access: AccessService) -> None:
    made, other = access.create_token("ann"), access.create_token("bob")
    assert access.list_tokens("ann") == [made.record]
    with pytest.raises(AccessInputError) as unknown:
        access.revoke_token(other.record.id, owner="ann")
    assert unknown.value.code == "token-unknown"
    assert access.revoke_token(made.record.id, owner="ann")
    assert not access.revoke_token(made.record.id)
