"""wt user, token and project, on a state of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import homes
from unit.cli.conftest import Wt
from unit.store.tasks import run_task
from worldtree.auth.permissions import BUILTIN_ROLES
from worldtree.auth.tokens import looks_like_token, token_digest
from worldtree.core.actor import local_user
from worldtree.core.errors import ExitCode
from worldtree.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The state that the commands use, with the user ann."""
    with homes.open_store(tmp_path / "state") as found:
        found.create_user("ann", "root")
        yield found


def test_a_user_from_the_first_to_the_last_right(wt: Wt, tmp_path: Path) -> None:
    homes.prepare(tmp_path / "state")
    none = wt("user", "list")
    assert (none.code, none.out) == (ExitCode.OK, "")
    assert "`wt user create` creates the first" in none.err
    made = wt("user", "create", "ann")
    assert (made.code, made.out) == (ExitCode.OK, "")
    assert (
        "user `ann` created: `wt user grant ann ROLE --project NAME` gives rights; its roles: none"
        in made.err
    )
    assert wt("project", "create", "team").code == ExitCode.OK
    granted = wt("user", "grant", "ann", "member", "--project", "team", "-o", "json")
    assert granted.json["roles"] == [{"role": "member", "project": "team"}]
    assert "user `ann` has the role `member`" in granted.err
    again = wt("user", "grant", "ann", "member", "--project", "team")
    assert "user `ann` had the role `member`; its roles: member in team" in again.err
    both = wt("user", "grant", "ann", "viewer", "--all-projects").err
    assert "its roles: viewer in all projects, member in team" in both
    table = wt("user", "list").out
    assert table.splitlines()[0].split() == ["USER", "STATUS", "ROLES", "CREATED"]
    assert "viewer in all projects, member in team" in table
    # With --all-projects goes what was given with it.
    assert "viewer in" not in wt("user", "revoke", "ann", "viewer", "--all-projects").err
    absent = wt("user", "revoke", "ann", "viewer", "--all-projects")
    assert (absent.code, absent.out) == (ExitCode.OK, "")
    assert "did not have the role `viewer` there; its roles: member in team" in absent.err
    left = wt("user", "revoke", "ann", "member", "--project", "team", "-o", "yaml")
    assert yaml.safe_load(left.out)["roles"] == []


def test_a_user_is_disabled_and_enabled(wt: Wt, store: Store) -> None:
    ran = wt("user", "disable", "ann", "-o", "json")
    assert (ran.code, ran.json["status"]) == (ExitCode.OK, "disabled")
    assert "was disabled" in wt("user", "disable", "ann").err
    refused = wt("token", "create", "--user", "ann")
    assert (refused.code, refused.out) == (ExitCode.REFUSED, "")
    assert "[user-disabled]" in refused.err
    assert "`wt user enable ann`" in refused.err
    assert wt("user", "list", "-o", "json").json["items"][0]["disabled"] is not None
    assert wt("user", "enable", "ann", "-o", "json").json["status"] == "active"
    assert "was not disabled" in wt("user", "enable", "ann").err
    [entry, *_] = store.audit_log()
    assert (entry.what, entry.who) == ("user-enabled", str(local_user()))


def test_roles_are_listed_made_and_deleted(wt: Wt, store: Store) -> None:
    listed = wt("user", "roles", "-o", "json").json["items"]
    assert {one["name"]: set(one["permissions"]) for one in listed} == BUILTIN_ROLES
    made = wt("user", "set-role", "starter", "--permission", "task:create")
    assert (made.code, made.out) == (ExitCode.OK, "")
    changed = wt(
        *("user", "set-role", "starter", "--permission", "task:create"),
        *("--permission", "task:get", "-o", "json"),
    )
    assert changed.json == {
        "name": "starter",
        "builtin": False,
        "permissions": ["task:create", "task:get"],
    }
    assert "starter" in wt("user", "roles").out
    wt("user", "grant", "ann", "starter", "--all-projects")
    refused = wt("user", "delete-role", "starter")
    assert refused.code == ExitCode.REFUSED
    assert "users have the role `starter`: ann [role-in-use]" in refused.err
    wt("user", "revoke", "ann", "starter", "--all-projects")
    assert wt("user", "delete-role", "starter").code == ExitCode.OK
    assert store.custom_roles() == {}


def test_a_token_is_all_that_is_on_stdout(wt: Wt, store: Store) -> None:
    ran = wt("token", "create", "--user", "ann", "--name", "ci", "--scope", "task:get")
    assert ran.code == ExitCode.OK
    token = ran.out.removesuffix("\n")
    assert looks_like_token(token)
    assert token.startswith("wtp_")
    assert token not in ran.err
    found = store.token_rights(token_digest(token))
    assert found is not None
    assert (found.token.name, found.token.scopes) == ("ci", {"task:get"})
    assert found.token.expires == pytest.approx(found.token.created + 90 * 86400, abs=60)
    assert f"token {found.token.id} of `ann` created: task:get, expires: 20" in ran.err


def test_a_token_of_a_program_that_never_expires(wt: Wt, store: Store) -> None:
    ran = wt("token", "create", "--user", "ann", "--service", "--expires", "never", "-o", "json")
    token = ran.json.pop("token")
    assert token.startswith("wts_")
    assert ran.json["expires"] is None
    assert "all rights, expires: never" in ran.err
    [listed] = wt("token", "list", "-o", "json").json["items"]
    assert {**listed, "token": token} == ran.json
    assert store.token_rights(token_digest(token)) is not None


def test_tokens_are_listed_without_the_token_and_revoked(wt: Wt, store: Store) -> None:
    assert "no tokens yet" in wt("token", "list").err
    token = wt("token", "create", "--user", "ann", "--scope", "task:get").out.strip()
    [made] = store.list_tokens()
    listed = wt("token", "list", "--user", "ann")
    assert listed.out.splitlines()[1].split()[:3] == [made.id, "ann", "valid"]
    assert "task:get" in listed.out
    revoked = wt("token", "revoke", made.id)
    assert (revoked.code, revoked.out) == (ExitCode.OK, "")
    assert f"token {made.id} is revoked" in revoked.err
    assert "was revoked before" in wt("token", "revoke", made.id).err
    items = wt("token", "list", "-o", "yaml").out
    assert [one["status"] for one in yaml.safe_load(items)["items"]] == ["revoked"]
    assert token not in listed.out + revoked.err + items + wt("audit").out


def test_projects(wt: Wt, store: Store) -> None:
    made = wt("project", "create", "team", "-o", "json")
    assert made.json["name"] == "team"
    assert wt("project", "create", "other").out == ""
    items = wt("project", "list", "-o", "json").json["items"]
    assert [one["name"] for one in items] == ["default", "other", "team"]
    assert items[2] == made.json
    assert wt("project", "list").out.splitlines()[0].split() == ["PROJECT", "ID", "CREATED"]
    assert [one.what for one in store.audit_log()][:2] == ["project-created"] * 2


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        ("user grant anm viewer --all-projects", 2, ["unknown user `anm`", "mean `ann`?"]),
        ("user grant ann vewer --all-projects", 2, ["unknown role `vewer`", "mean `viewer`?"]),
        ("user grant ann viewer --project defalt", 2, ["unknown project", "mean `default`?"]),
        ("user grant ann viewer", 2, ["one of --project and --all-projects is needed"]),
        ("user grant ann viewer --all-projects --project default", 2, ["one of --project"]),
        ("user revoke anm viewer --all-projects", 2, ["mean `ann`?"]),
        ("user revoke ann viewer", 2, ["one of --project"]),
        ("user disable anm", 2, ["mean `ann`?"]),
        ("user enable anm", 2, ["mean `ann`?"]),
        ("user create ann", 4, ["there is a user `ann` already [user-exists]"]),
        ("user create a/b", 2, ["'a/b' is not a valid name of a user [name-invalid]"]),
        ("user set-role x --permission task:gte", 2, ["unknown permission", "mean `task:get`?"]),
        ("user set-role x", 2, ["--permission"]),
        ("user set-role admin --permission task:get", 4, ["built-in role", "[role-builtin]"]),
        ("user set-role A --permission task:get", 2, ["not a valid name of a role"]),
        ("user delete-role vewer", 2, ["mean `viewer`?"]),
        ("user delete-role viewer", 4, ["[role-builtin]"]),
        ("user lst", 2, ["mean `list`?"]),
        ("token create", 2, ["--user"]),
        ("token create --user anm", 2, ["mean `ann`?"]),
        ("token create --user ann --scope task:gte", 2, ["mean `task:get`?"]),
        ("token create --user ann --expires soon", 2, ["examples: 30d"]),
        ("token create --user ann --expires 0s", 2, ["expire in the past"]),
        ("token create --user ann --expires 99999d", 2, ["more than 100 years"]),
        ("token list --user anm", 2, ["mean `ann`?"]),
        ("token revoke nothing", 2, ["no token of this id", "`wt token list`"]),
        ("project create default", 4, ["there is a project `default` already"]),
        ("project create Team", 2, ["'Team' is not a valid name of a project"]),
    ],
)
def test_what_is_wrong_changes_nothing(
    wt: Wt, store: Store, arguments: str, code: int, expected: list[str]
) -> None:
    before = store.audit_log()
    ran = wt(*arguments.split())
    assert (ran.code, ran.out) == (code, "")
    for words in expected:
        assert words in ran.err
    assert store.audit_log() == before


def test_a_token_in_place_of_its_id_is_not_repeated(wt: Wt, store: Store) -> None:
    del store
    token = wt("token", "create", "--user", "ann").out.strip()
    ran = wt("token", "revoke", token)
    assert ran.code == ExitCode.INPUT
    assert "give the id of the token, not the token itself" in ran.err
    assert token not in ran.err


def test_control_characters_of_a_wrong_name_are_not_shown(wt: Wt, store: Store) -> None:
    del store
    for arguments in (["create", "a\x1b[31m"], ["disable", "a\x1b[31m"]):
        ran = wt("user", *arguments)
        assert ran.code == ExitCode.INPUT
        assert "\x1b[31m" not in ran.err.replace("\x1b[31merror", "")


def test_commands_work_on_the_project_of_the_settings(
    wt: Wt, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tasks alone are listed; an unknown project is refused."""
    team = store.of_project(store.create_project("team").id)
    mine, theirs = run_task(store).id, run_task(team).id
    assert [one["id"] for one in wt("tasks", "list", "-o", "json").json["items"]] == [mine]
    monkeypatch.setenv("WORLDTREE_PROJECT", "team")
    assert [one["id"] for one in wt("tasks", "list", "-o", "json").json["items"]] == [theirs]
    assert wt("tasks", "show", mine).code == ExitCode.INPUT
    pruned = wt("tasks", "prune", "--keep", "0d", "--yes", "-o", "json")
    assert [one["id"] for one in pruned.json["items"]] == [theirs]
    assert team.list_tasks() == []
    monkeypatch.setenv("WORLDTREE_PROJECT", "tean")
    unknown = wt("tasks", "list")
    assert unknown.code == ExitCode.INPUT
    assert "did you mean `team`?" in unknown.err
