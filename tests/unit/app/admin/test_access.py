"""Who may use the service: tokens, users, roles and projects, on a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, update

import homes
from worldtree.app.admin.access import AccessService
from worldtree.app.admin.access_names import AccessInputError
from worldtree.auth.permissions import BUILTIN_ROLES, PERMISSIONS
from worldtree.auth.principal import ALL_PROJECTS, MissingPermissionError, Principal
from worldtree.auth.tokens import TokenKind, new_token, token_digest
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.store.db_errors import StoreBusyError
from worldtree.store.schema import DEFAULT_PROJECT, tokens
from worldtree.store.store import Store

ACTOR = Actor("token", "root", "192.0.2.7")
ADMIN = Principal("root", {ALL_PROJECTS: BUILTIN_ROLES["admin"]})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with homes.open_store(tmp_path / "home") as found:
        yield found


@pytest.fixture
def access(store: Store) -> AccessService:
    """The service, with the users ann and bob without rights."""
    found = AccessService(lambda: store, ACTOR)
    found.create_user("ann")
    found.create_user("bob")
    return found


# ---- tokens ----------------------------------------------------------------------------------


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


# ---- nobody gives more than they have -----------------------------------------------------------


def test_a_token_for_somebody_with_more_rights_is_refused(access: AccessService) -> None:
    access.grant("ann", "admin", "*")
    access.grant("bob", "viewer", "default")
    giver = access.authenticate(access.create_token("bob").token)
    with pytest.raises(MissingPermissionError):
        access.create_token("ann", giver=giver)
    access.create_token("ann", giver=ADMIN)
    access.create_token("bob", giver=giver)


def test_a_limited_token_creates_only_what_is_as_limited(access: AccessService) -> None:
    access.grant("ann", "admin", "*")
    made = access.create_token("ann", scopes=["task:get", "user:manage"])
    giver = access.authenticate(made.token)
    access.create_token("ann", scopes=["task:get"], giver=giver)
    with pytest.raises(MissingPermissionError):
        access.create_token("ann", giver=giver)
    access.revoke("ann", "admin", "*")
    powerless = access.authenticate(made.token)
    with pytest.raises(RefusedError) as refused:
        access.create_token("ann", giver=powerless)
    assert refused.value.code == "token-scopes-exceeded"


def test_a_role_is_given_by_who_has_its_permissions_there(access: AccessService) -> None:
    access.create_project("team")
    access.grant("bob", "project-owner", "team")
    giver = access.authenticate(access.create_token("bob").token)
    assert access.grant("ann", "member", "team", giver=giver)
    for role, project in (("member", "default"), ("member", "*"), ("admin", "team")):
        with pytest.raises(MissingPermissionError):
            access.grant("ann", role, project, giver=giver)
    with pytest.raises(MissingPermissionError):
        access.set_role("wide", ["task:get"], giver=giver)
    access.set_role("wide", PERMISSIONS, giver=ADMIN)


# ---- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "code", "hint"),
    [
        (lambda a: a.grant("an", "viewer", "*"), "user-unknown", "did you mean `ann`?"),
        (lambda a: a.disable_user("x" * 9), "user-unknown", "`wt user list` shows all users"),
        (lambda a: a.enable_user("bobb"), "user-unknown", "did you mean `bob`?"),
        (lambda a: a.user("bobb"), "user-unknown", "did you mean `bob`?"),
        (lambda a: a.create_token("bobb"), "user-unknown", "did you mean `bob`?"),
        (lambda a: a.list_tokens("bobb"), "user-unknown", "did you mean `bob`?"),
        (lambda a: a.grant("ann", "veiwer", "*"), "role-unknown", "did you mean `viewer`?"),
        (lambda a: a.revoke("ann", "veiwer", "*"), "role-unknown", "did you mean `viewer`?"),
        (lambda a: a.delete_role("veiwer"), "role-unknown", "did you mean `viewer`?"),
        (lambda a: a.grant("ann", "zzzzzzz", "*"), "role-unknown", "the roles are: admin, "),
        (lambda a: a.grant("ann", "viewer", "defualt"), "project-unknown", "mean `default`?"),
        (lambda a: a.project("nowhere"), "project-unknown", "`wt project list` shows"),
        (lambda a: a.create_token("ann", scopes=["task:gte"]), "permission-unknown", "`task:get`"),
        (lambda a: a.set_role("x", ["task:gte"]), "permission-unknown", "`task:get`"),
        (lambda a: a.revoke_token("nothing"), "token-unknown", "`wt token list` shows the ids"),
        (lambda a: a.revoke_token("wtp_1"), "token-unknown", "not the token itself"),
        (lambda a: a.create_user(""), "name-invalid", "letters"),
        (lambda a: a.create_user("-rf"), "name-invalid", "first a letter"),
        (lambda a: a.create_user("a\nb"), "name-invalid", "letters"),
        (lambda a: a.create_user("a" * 128), "name-invalid", "up to 127"),
        (lambda a: a.create_project("*"), "name-invalid", "lower-case"),
        (lambda a: a.create_project("a-"), "name-invalid", "lower-case"),
        (lambda a: a.create_project("a" * 64), "name-invalid", "up to 63"),
        (lambda a: a.set_role("A", []), "name-invalid", "lower-case"),
        (lambda a: a.create_token("ann", name="a\x1b[0m"), "name-invalid", "printable"),
        (lambda a: a.create_token("ann", name="a" * 101), "name-invalid", "up to 100"),
        (lambda a: a.create_token("ann", lifetime=0), "token-lifetime-invalid", "90d"),
        (lambda a: a.create_token("ann", lifetime=-1), "token-lifetime-invalid", "90d"),
        (lambda a: a.create_token("ann", lifetime=1e12), "token-lifetime-invalid", "90d"),
        (lambda a: a.create_token("ann", lifetime=float("nan")), "token-lifetime-invalid", "90d"),
        (lambda a: a.create_user("ann"), "user-exists", ""),
        (lambda a: a.create_project("default"), "project-exists", ""),
        (lambda a: a.set_role("admin", []), "role-builtin", "another name"),
        (lambda a: a.delete_role("admin"), "role-builtin", "another name"),
    ],
)
def test_what_is_wrong_changes_nothing(
    access: AccessService,
    store: Store,
    call: Callable[[AccessService], object],
    code: str,
    hint: str,
) -> None:
    before = store.audit_log()
    with pytest.raises((AccessInputError, RefusedError)) as wrong:
        call(access)
    assert wrong.value.code == code
    assert hint in wrong.value.hint
    assert store.audit_log() == before


def test_a_role_that_users_have_is_not_deleted(access: AccessService) -> None:
    access.set_role("starter", ["task:create"])
    access.grant("ann", "starter", "*")
    with pytest.raises(RefusedError, match="users have the role `starter`: ann") as refused:
        access.delete_role("starter")
    assert refused.value.code == "role-in-use"
    access.revoke("ann", "starter", "*")
    access.delete_role("starter")
    assert [one.name for one in access.list_roles()] == [*BUILTIN_ROLES]


def test_every_change_is_audited_with_who_and_from_where(
    access: AccessService, store: Store
) -> None:
    access.create_project("team")
    access.set_role("starter", ["task:create"])
    access.grant("ann", "starter", "team")
    made = access.create_token("ann", scopes=["task:get"])
    access.authenticate(made.token)
    access.revoke_token(made.record.id)
    access.revoke("ann", "starter", "team")
    access.delete_role("starter")
    access.disable_user("ann")
    access.enable_user("ann")
    entries = store.audit_log()[::-1]
    assert {one.who for one in entries} == {"root, 192.0.2.7"}
    assert [(one.what, one.detail) for one in entries] == [
        ("user-created", "ann"),
        ("user-created", "bob"),
        ("project-created", "team"),
        ("role-set", "starter: task:create"),
        ("role-granted", "starter of ann in team"),
        ("token-created", f"{made.record.id} of ann: task:get"),
        ("token-revoked", f"{made.record.id} of ann"),
        ("role-revoked", "starter of ann in team"),
        ("role-deleted", "starter"),
        ("user-disabled", "ann"),
        ("user-enabled", "ann"),
    ]
