"""Users, roles and tokens: the same on a file and on a server."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from sqlalchemy import select

from worldtree.core.errors import RefusedError
from worldtree.store.access_tables import tokens
from worldtree.store.roles import RoleBinding
from worldtree.store.store import Store
from worldtree.store.tokens import TokenStatus

DIGEST = "d" * 64


def audited(store: Store) -> list[tuple[str, str, str]]:
    """Who did what with what, oldest first."""
    return [(one.who, one.what, one.detail) for one in reversed(store.audit_log())]


def test_a_user_is_created_once_and_disabled_and_enabled(any_store: Store) -> None:
    made = any_store.create_user("zoe", "root")
    assert any_store.create_user("ann", "root").id != made.id
    with pytest.raises(RefusedError, match="there is a user `zoe` already") as refused:
        any_store.create_user("zoe", "root")
    assert refused.value.code == "user-exists"
    assert any_store.set_user_disabled("zoe", "root", disabled=True)
    assert not any_store.set_user_disabled("zoe", "root", disabled=True)
    assert [(one.name, one.disabled is None) for one in any_store.list_users()] == [
        ("ann", True),
        ("zoe", False),
    ]
    assert any_store.set_user_disabled("zoe", "root", disabled=False)
    assert not any_store.set_user_disabled("zoe", "root", disabled=False)
    assert not any_store.set_user_disabled("nobody", "root", disabled=True)
    assert any_store.user("zoe") == made
    assert any_store.user("nobody") is None
    # What changed nothing is not in the audit log.
    assert audited(any_store) == [
        ("root", "user-created", "zoe"),
        ("root", "user-created", "ann"),
        ("root", "user-disabled", "zoe"),
        ("root", "user-enabled", "zoe"),
    ]


def test_roles_of_a_user_per_project(any_store: Store) -> None:
    ann = any_store.create_user("ann", "root")
    team = any_store.create_project("team", "root")
    assert any_store.grant_role(ann.id, team.id, "member", "root")
    assert not any_store.grant_role(ann.id, team.id, "member", "root")
    assert any_store.grant_role(ann.id, "*", "viewer", "root")
    assert any_store.list_role_bindings() == [
        RoleBinding("ann", "*", "*", "viewer"),
        RoleBinding("ann", team.id, "team", "member"),
    ]
    assert any_store.revoke_role(ann.id, team.id, "member", "root")
    assert not any_store.revoke_role(ann.id, team.id, "member", "root")
    assert not any_store.revoke_role(ann.id, team.id, "viewer", "root")
    assert [one.role for one in any_store.list_role_bindings()] == ["viewer"]
    assert audited(any_store)[1:] == [
        ("root", "project-created", "team"),
        ("root", "role-granted", "member of ann in team"),
        ("root", "role-granted", "viewer of ann in *"),
        ("root", "role-revoked", "member of ann in team"),
    ]


def test_a_custom_role_is_changed_and_deleted_when_nobody_has_it(any_store: Store) -> None:
    ann = any_store.create_user("ann", "root")
    any_store.set_role("starter", ["task:get"], "root")
    any_store.set_role("starter", ["task:get", "task:create", "task:get"], "root")
    any_store.set_role("a", [], "root")
    assert any_store.custom_roles() == {
        "a": frozenset(),
        "starter": frozenset({"task:create", "task:get"}),
    }
    any_store.grant_role(ann.id, "*", "starter", "root")
    any_store.grant_role(ann.id, "default", "starter", "root")
    assert any_store.delete_role("starter", "root") == ("ann",)
    for project in ("*", "default"):
        any_store.revoke_role(ann.id, project, "starter", "root")
    assert any_store.delete_role("starter", "root") == ()
    assert any_store.delete_role("starter", "root") == ()
    assert [*any_store.custom_roles()] == ["a"]
    assert [what for _, what, _ in audited(any_store)].count("role-deleted") == 1


def test_a_token_is_found_by_its_digest_with_the_rights_of_its_owner(any_store: Store) -> None:
    ann, bob = (any_store.create_user(name, "root") for name in ("ann", "bob"))
    any_store.set_role("starter", ["task:create"], "root")
    any_store.grant_role(ann.id, "default", "starter", "root")
    any_store.grant_role(ann.id, "*", "viewer", "root")
    any_store.grant_role(bob.id, "*", "admin", "root")
    made = any_store.add_token(DIGEST, ann.id, "root", name="ci", scopes=["task:get"], expires=9.5)
    other = any_store.add_token("e" * 64, bob.id, "root")
    found = any_store.token_rights(DIGEST)
    assert found is not None
    assert found.token == made
    assert (made.user, made.name, made.scopes, made.expires) == (
        "ann",
        "ci",
        frozenset({"task:get"}),
        9.5,
    )
    assert sorted(found.bindings) == [("*", "viewer"), ("default", "starter")]
    assert found.custom_roles == {"starter": frozenset({"task:create"})}
    assert any_store.token_rights("0" * 64) is None
    assert any_store.list_tokens() == [made, other]
    assert any_store.list_tokens("bob") == [other]
    assert (other.scopes, other.expires, other.name) == (None, None, "")
    created = [one for one in audited(any_store) if one[1] == "token-created"]
    assert created == [
        ("root", "token-created", f"{made.id} of ann: task:get"),
        ("root", "token-created", f"{other.id} of bob: all rights"),
    ]


def test_the_status_of_a_token(any_store: Store) -> None:
    ann = any_store.create_user("ann", "root")
    made = any_store.add_token(DIGEST, ann.id, "root", expires=100.0)

    def status(now: float) -> TokenStatus:
        found = any_store.token_rights(DIGEST)
        assert found is not None
        assert any_store.list_tokens() == [found.token]
        return found.token.status(now)

    assert (status(99.0), status(100.0)) == (TokenStatus.VALID, TokenStatus.EXPIRED)
    any_store.set_user_disabled("ann", "root", disabled=True)
    assert status(1.0) is TokenStatus.DISABLED
    any_store.set_user_disabled("ann", "root", disabled=False)
    assert status(1.0) is TokenStatus.VALID
    assert any_store.revoke_token(made.id, "root")
    assert status(1.0) is TokenStatus.REVOKED
    assert not any_store.revoke_token(made.id, "root")
    assert not any_store.revoke_token("unknown", "root")
    assert audited(any_store)[-1] == ("root", "token-revoked", f"{made.id} of ann")


def test_the_use_of_a_token_is_stored_once_a_minute(any_store: Store) -> None:
    ann = any_store.create_user("ann", "root")
    made = any_store.add_token(DIGEST, ann.id, "root")
    seen = []
    for now in (1000.0, 1059.0, 1060.0, 1061.0, 900.0):
        any_store.mark_token_used(made.id, now)
        seen.append(any_store.list_tokens()[0].used)
    assert seen == [1000.0, 1000.0, 1060.0, 1060.0, 1060.0]
    assert "used" not in " ".join(what for _, what, _ in audited(any_store))


def test_only_the_digest_is_stored(any_store: Store) -> None:
    ann = any_store.create_user("ann", "root")
    any_store.add_token(DIGEST, ann.id, "root", name="ci")
    with any_store._engine.connect() as connection:
        [row] = connection.execute(select(tokens))
    assert row.digest == DIGEST
    assert row.created <= time.time()


def test_another_process_sees_it_at_once(open_store: Callable[[], Store]) -> None:
    one, two = open_store(), open_store()
    ann = one.create_user("ann", "root")
    assert two.user("ann") == ann
    made = two.of_project("other").add_token(DIGEST, ann.id, "root")
    assert one.revoke_token(made.id, "root")
    assert two.list_tokens()[0].revoked is not None
