"""Sessions, passwords, groups and users of identity providers: the same on a file and a server."""

from __future__ import annotations

import time

import pytest

from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.store.store import Store

ANN = Actor("person", "ann", "192.0.2.7")
ISSUER = "https://idp.example.org"
DIGEST = "d" * 64


def test_a_session_from_its_beginning_to_its_end(any_store: Store) -> None:
    ann = any_store.create_user("ann", "root")
    any_store.grant_role(ann.id, "*", "viewer", "root")
    now = time.time()
    made = any_store.add_session(
        DIGEST, ann.id, ANN, expires=now + 60, provider="password", agent="browser \0" + "x" * 500
    )
    assert (made.id, made.user, made.address) == ("d" * 16, "ann", "192.0.2.7")
    assert made.agent is not None
    assert len(made.agent) == 200
    found = any_store.session_rights(DIGEST)
    assert found is not None
    assert (found.session, found.bindings) == (made, (("*", "viewer"),))
    assert any_store.session_rights("e" * 64) is None
    any_store.mark_session_used(DIGEST, now + 30)
    any_store.mark_session_used(DIGEST, now + 10)
    assert [one.used for one in any_store.list_sessions("ann")] == [now + 30]
    assert any_store.list_sessions("bob") == []
    assert any_store.end_session(DIGEST, ANN)
    assert not any_store.end_session(DIGEST, ANN)
    entries = [(one.what, one.who) for one in any_store.audit_log(limit=2)]
    assert entries == [("session-ended", "ann, 192.0.2.7"), ("session-begun", "ann, 192.0.2.7")]
    assert any_store.verify_audit().is_intact


def test_old_sessions_are_deleted(any_store: Store) -> None:
    ann = any_store.create_user("ann", "root")
    for digest, expires in (("a" * 64, 100.0), ("b" * 64, 9e9)):
        any_store.add_session(digest, ann.id, ANN, expires=expires, provider="password")
    assert any_store.delete_old_sessions(200.0, 0.0) == 1
    assert [one.digest for one in any_store.list_sessions("ann")] == ["b" * 64]
    assert any_store.delete_old_sessions(200.0, time.time() + 60) == 1


def test_a_password_ends_sessions_and_is_renewed_only_from_the_same(any_store: Store) -> None:
    ann = any_store.create_user("ann", "root")
    assert any_store.password_hash("ann") is None
    assert any_store.password_hash("nobody") is None
    any_store.add_session(DIGEST, ann.id, ANN, expires=9e9, provider="password")
    any_store.set_password("ann", "one", "root")
    assert any_store.list_sessions("ann") == []
    any_store.renew_password_hash(ann.id, "other", "two")
    assert any_store.password_hash("ann") == "one"
    any_store.renew_password_hash(ann.id, "one", "two")
    assert any_store.password_hash("ann") == "two"
    any_store.add_session("e" * 64, ann.id, ANN, expires=9e9, provider="password")
    any_store.set_user_disabled("ann", "root", disabled=True)
    any_store.set_user_disabled("ann", "root", disabled=False)
    assert any_store.list_sessions("ann") == []
    any_store.set_password("ann", None, "root")
    assert any_store.password_hash("ann") is None
    what = [one.what for one in any_store.audit_log(limit=3)]
    assert what == ["password-removed", "user-enabled", "user-disabled"]


def test_a_user_of_a_provider_is_found_by_its_subject(any_store: Store) -> None:
    any_store.create_user("zoe", "root")
    names = ("zoe", "zoe-1")
    made = any_store.add_provider_user(names, ISSUER, "s-1", ANN)
    assert (made.name, made.issuer, made.disabled) == ("zoe-1", ISSUER, None)
    assert any_store.add_provider_user(names, ISSUER, "s-1", ANN) == made
    assert any_store.provider_user(ISSUER, "s-1") == made
    assert any_store.provider_user("https://other.example.org", "s-1") is None
    with pytest.raises(RefusedError) as refused:
        any_store.add_provider_user(names, ISSUER, "s-2", ANN)
    assert refused.value.code == "user-exists"
    with pytest.raises(RefusedError) as refused:
        any_store.set_password("zoe-1", "hash", "root")
    assert refused.value.code == "user-not-local"


def test_groups_of_users_and_their_roles(any_store: Store) -> None:
    ann = any_store.create_user("ann", "root")
    team = any_store.create_project("team", "root")
    assert any_store.grant_group_role("ops", team.id, "member", "root")
    assert not any_store.grant_group_role("ops", team.id, "member", "root")
    any_store.grant_group_role("all", "*", "viewer", "root")
    any_store.grant_role(ann.id, team.id, "member", "root")
    assert any_store.set_user_groups(ann.id, ["ops", "all", "all"], ANN)
    assert not any_store.set_user_groups(ann.id, ["all", "ops"], ANN)
    assert any_store.user_groups(ann.id) == ("all", "ops")
    both = {(team.id, "member"), ("*", "viewer")}
    assert set(any_store.bindings_of(ann.id)) == both
    assert set(any_store.bindings_of(ann.id, [])) == {(team.id, "member")}
    any_store.set_user_groups(ann.id, [], ANN)
    assert set(any_store.bindings_of(ann.id)) == {(team.id, "member")}
    assert [one.project_name for one in any_store.list_group_roles()] == ["*", "team"]
    assert any_store.revoke_group_role("ops", team.id, "member", "root")
    assert not any_store.revoke_group_role("ops", team.id, "member", "root")
    what = [one.what for one in any_store.of_project(team.id).audit_page(10)]
    assert what == ["group-role-revoked", "role-granted", "group-role-granted", "project-created"]


def test_a_login_is_taken_once_and_not_too_late(any_store: Store) -> None:
    any_store.add_login("a" * 64, "{}", 0.0)
    assert any_store.take_login("a" * 64, 0.0) == "{}"
    assert any_store.take_login("a" * 64, 0.0) is None
    any_store.add_login("b" * 64, "{}", 0.0)
    assert any_store.take_login("b" * 64, time.time() + 60) is None
    any_store.add_login("c" * 64, "{}", 0.0)
    any_store.add_login("d" * 64, "{}", time.time() + 60)
    assert any_store.take_login("c" * 64, 0.0) is None
