"""Users, roles and projects: names, the audit log, and that nobody gives more than they have."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from worldtree.app.admin.access import AccessService
from worldtree.app.admin.access_names import AccessInputError
from worldtree.auth.permissions import BUILTIN_ROLES, PERMISSIONS
from worldtree.auth.principal import ALL_PROJECTS, MissingPermissionError, Principal
from worldtree.core.errors import RefusedError
from worldtree.store.store import Store

ADMIN = Principal("root", {ALL_PROJECTS: BUILTIN_ROLES["admin"]})


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
    access.set_role("team-lead", BUILTIN_ROLES["project-owner"] | {"role:manage"})
    access.grant("bob", "project-owner", "team")
    token = access.create_token("bob").token
    with pytest.raises(MissingPermissionError, match="`role:manage`"):
        access.grant("ann", "member", "team", giver=access.authenticate(token))
    access.grant("bob", "team-lead", "team")
    giver = access.authenticate(token)
    assert access.grant("ann", "member", "team", giver=giver)
    assert access.revoke("ann", "member", "team", giver=giver)
    access.grant("ann", "member", "default")
    with pytest.raises(MissingPermissionError, match="`role:manage`"):
        access.revoke("ann", "member", "default", giver=giver)
    for role, project in (("member", "default"), ("member", "*"), ("admin", "team")):
        with pytest.raises(MissingPermissionError):
            access.grant("ann", role, project, giver=giver)
    for permissions in (["task:get"], []):
        with pytest.raises(MissingPermissionError):
            access.set_role("wide", permissions, giver=giver)
    access.set_role("wide", PERMISSIONS, giver=ADMIN)
    with pytest.raises(MissingPermissionError, match="`role:manage`"):
        access.delete_role("wide", giver=giver)
    access.delete_role("wide", giver=ADMIN)


@pytest.mark.parametrize(
    ("call", "code", "hint"),
    [
        (lambda a: a.grant("an", "viewer", "*"), "user-unknown", "did you mean `ann`?"),
        (lambda a: a.disable_user("x" * 9), "user-unknown", ""),
        (lambda a: a.enable_user("bobb"), "user-unknown", "did you mean `bob`?"),
        (lambda a: a.user("bobb"), "user-unknown", "did you mean `bob`?"),
        (lambda a: a.create_token("bobb"), "user-unknown", "did you mean `bob`?"),
        (lambda a: a.list_tokens("bobb"), "user-unknown", "did you mean `bob`?"),
        (lambda a: a.grant("ann", "veiwer", "*"), "role-unknown", "did you mean `viewer`?"),
        (lambda a: a.revoke("ann", "veiwer", "*"), "role-unknown", "did you mean `viewer`?"),
        (lambda a: a.delete_role("veiwer"), "role-unknown", "did you mean `viewer`?"),
        (lambda a: a.grant("ann", "zzzzzzz", "*"), "role-unknown", "the roles are: admin, "),
        (lambda a: a.grant("ann", "viewer", "defualt"), "project-unknown", "mean `default`?"),
        (lambda a: a.project("nowhere"), "project-unknown", ""),
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
