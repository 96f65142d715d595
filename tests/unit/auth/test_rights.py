"""Rights follow from roles, and nobody gives away more than they have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.auth.permissions import BUILTIN_ROLES, INSTALLATION_PERMISSIONS, PERMISSIONS
from worldtree.auth.principal import ALL_PROJECTS, MissingPermissionError, Principal
from worldtree.auth.rights import all_roles, ensure_may_act_as, ensure_may_give, permissions_of
from worldtree.core.errors import RefusedError

ADMIN = Principal("root", {ALL_PROJECTS: BUILTIN_ROLES["admin"]})
OWNER = Principal("ann", {"p": BUILTIN_ROLES["project-owner"]})
BINDINGS = st.lists(st.tuples(st.sampled_from(["p", "q", "*"]), st.sampled_from([*BUILTIN_ROLES])))
SCOPES = st.none() | st.frozensets(st.sampled_from([*PERMISSIONS]))


def test_several_roles_add_up_per_project() -> None:
    custom = {"canceller": frozenset({"task:cancel"})}
    roles = all_roles(custom)
    found = permissions_of([("p", "viewer"), ("p", "canceller"), ("q", "gone")], roles)
    assert found == {"p": BUILTIN_ROLES["viewer"] | {"task:cancel"}, "q": frozenset()}


def test_a_custom_role_replaces_no_builtin_one() -> None:
    roles = all_roles({"viewer": frozenset(PERMISSIONS), "b": frozenset(), "a": frozenset()})
    assert roles["viewer"] == BUILTIN_ROLES["viewer"]
    assert [*roles] == [*BUILTIN_ROLES, "a", "b"]


def test_what_holds_in_all_projects_is_given_by_who_has_it_in_all() -> None:
    ensure_may_give(OWNER, "p", BUILTIN_ROLES["member"])
    ensure_may_give(ADMIN, "p", BUILTIN_ROLES["admin"])
    for project in (ALL_PROJECTS, "q"):
        with pytest.raises(MissingPermissionError, match="`cluster:get`"):
            ensure_may_give(OWNER, project, {"cluster:get"})
    with pytest.raises(MissingPermissionError, match="`user:manage`"):
        ensure_may_give(OWNER, "p", {"task:get", "user:manage"})


def test_the_admin_of_one_project_manages_no_users() -> None:
    """Nor anything else that belongs to no project."""
    admin = Principal("ann", {"p": BUILTIN_ROLES["admin"]})
    assert admin.allowed("p") == BUILTIN_ROLES["admin"] - INSTALLATION_PERMISSIONS
    assert ADMIN.allowed("p") == ADMIN.allowed(ALL_PROJECTS) == BUILTIN_ROLES["admin"]
    for project in ("p", ALL_PROJECTS):
        with pytest.raises(MissingPermissionError):
            admin.require("user:manage", project)


def test_a_limited_token_makes_no_wider_one() -> None:
    giver = Principal("root", ADMIN.permissions, frozenset({"task:get", "user:manage"}))
    ensure_may_act_as(giver, Principal("bob", {"p": frozenset({"task:get"})}, giver.scopes))
    for scopes in (None, frozenset({"task:get", "task:create"})):
        wider = Principal("bob", {"p": frozenset({"task:get"})}, scopes)
        with pytest.raises(RefusedError) as refused:
            ensure_may_act_as(giver, wider)
        assert refused.value.code == "token-scopes-exceeded"
    with pytest.raises(MissingPermissionError, match="`archive:get`"):
        ensure_may_act_as(giver, Principal("bob", {"p": BUILTIN_ROLES["member"]}))


@given(BINDINGS, SCOPES, BINDINGS, SCOPES)
def test_who_is_let_act_as_another_may_do_all_that_the_other_may(
    mine: list[tuple[str, str]],
    scopes: frozenset[str] | None,
    theirs: list[tuple[str, str]],
    their_scopes: frozenset[str] | None,
) -> None:
    giver = Principal("a", permissions_of(mine, BUILTIN_ROLES), scopes)
    other = Principal("b", permissions_of(theirs, BUILTIN_ROLES), their_scopes)
    try:
        ensure_may_act_as(giver, other)
    except RefusedError:
        return
    for project in ("p", "q", "other", ALL_PROJECTS):
        assert other.allowed(project) <= giver.allowed(project)
