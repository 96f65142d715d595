"""Commands that show or change what a service has: the same output here and with `--server`.

The commands here work on the state of that service, so that both see the same names and times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unit.api.service import Service, document, serve
from unit.cli.conftest import CommandResult, Wt
from unit.store.tasks import queue_task, run_task
from worldtree.core.actor import Actor
from worldtree.core.errors import ExitCode, RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.store.drift_reports import DriftSummary


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, no_service_log: None) -> Iterator[Service]:
    """A service with the cluster `shop`, its facts and reports of drift, and some users."""
    del no_service_log
    with serve(tmp_path_factory.mktemp("remote-output") / "home") as found:
        store = found.store
        store.put_document("shop", document(), None)
        for name in ("ann", "everywhere"):
            store.create_user(name, "root")
        store.save_facts("shop", {"h1": {"ansible_kernel": "6.1", "ansible_memtotal_mb": 8}}, 5e8)
        task = run_task(store).id
        store.save_drift_report(DriftSummary(task, "shop", 1.0, "drifted", 1, 2, 3), {})
        new = {"name": "nightly", "cron": "0 2 * * *", "time_zone": "Europe/Berlin"}
        assert found.call("POST", "/clusters/shop/schedules", json=new).status_code == 201
        yield found


@pytest.fixture
def here(wt: Wt, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wt:
    """Commands on the state of the service, beside its document."""
    monkeypatch.setenv("WORLDTREE_HOME", str(service.store.home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("WORLDTREE_TOKEN", "everywhere")
    monkeypatch.delenv("WORLDTREE_SERVER", raising=False)
    (tmp_path / "cluster.yaml").write_text(document(), encoding="utf-8")
    return wt


@pytest.fixture
def there(here: Wt, service: Service) -> Wt:
    """The same commands at the service."""

    def call(*arguments: str) -> CommandResult:
        return here("--server", str(service.client.base_url).rstrip("/"), *arguments)

    return call


@pytest.mark.parametrize(
    "arguments",
    [
        *(["plan"], ["plan", "-o", "json", "--only", "app/*"], ["graph", "-o", "mermaid"]),
        *(["drift", "--history"], ["drift", "--history", "-o", "json"]),
        *(["facts", "h1"], ["facts", "-o", "json"], ["facts", "--cluster", "shop", "h1"]),
        *(["user", "list"], ["user", "list", "-o", "json"], ["user", "roles", "-o", "yaml"]),
        *(["project", "list"], ["project", "list", "-o", "json"], ["token", "list"]),
        *(["proposal", "list"], ["proposal", "list", "-o", "json"], ["proposal", "rules"]),
        *(["schedule", "list"], ["schedule", "list", "shop", "-o", "json"], ["workers"]),
        *(["schedule", "show", "shop", "nightly"], ["schedule", "next", "shop", "nightly"]),
        *(["schedule", "show", "shop", "nightly", "-o", "json"], ["cluster", "tags", "shop"]),
        ["schedule", "next", "shop", "nightly", "--count", "9", "-o", "json"],
        *(["schedule", "blackout", "list"], ["schedule", "blackout", "list", "-o", "json"]),
        *(["notify", "channel", "list"], ["notify", "channel", "list", "-o", "json"]),
        *(["notify", "log"], ["notify", "log", "-o", "json"], ["project", "limit"]),
        *(["group", "list"], ["group", "list", "-o", "json"]),
    ],
    ids=" ".join,
)
def test_what_is_shown_is_the_same(here: Wt, there: Wt, arguments: list[str]) -> None:
    first, second = here(*arguments), there(*arguments)
    assert (second.code, second.out) == (first.code, first.out), second.err
    assert first.code == ExitCode.OK, first.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["facts", "h9"], ExitCode.INPUT),
        (["plan", "--pipeline", "none"], ExitCode.INPUT),
        (["plan", "--only", "none/*"], ExitCode.INPUT),
        (["plan", "-f", "none.yaml"], ExitCode.INPUT),
        (["user", "grant", "nobody", "viewer", "--project", "default"], ExitCode.INPUT),
        (["user", "grant", "ann", "nothing", "--project", "default"], ExitCode.INPUT),
        (["user", "grant", "ann", "viewer"], ExitCode.INPUT),
        (["user", "create", "ann"], ExitCode.REFUSED),
        (["user", "set-role", "viewer", "--permission", "task:get"], ExitCode.REFUSED),
        (["user", "delete-role", "none"], ExitCode.INPUT),
        (["project", "create", "other"], ExitCode.REFUSED),
        (["token", "revoke", "none"], ExitCode.INPUT),
        (["token", "create", "--user", "nobody"], ExitCode.INPUT),
        (["proposal", "show", "none"], ExitCode.REFUSED),
        (["schedule", "show", "shop", "none"], ExitCode.REFUSED),
        (["schedule", "list", "none"], ExitCode.INPUT),
        (["schedule", "create", "shop", "x", "--cron", "no"], ExitCode.INPUT),
        (["schedule", "create", "none", "x", "--cron", "0 0 * * *"], ExitCode.INPUT),
        (["schedule", "blackout", "delete", "none"], ExitCode.REFUSED),
        (["schedule", "blackout", "create", "x", "--cron", "0 0 * * *"], ExitCode.INPUT),
        (["notify", "channel", "delete", "none"], ExitCode.REFUSED),
        (["notify", "log", "--channel", "none"], ExitCode.REFUSED),
        (["notify", "replay", "99"], ExitCode.REFUSED),
        (["cluster", "tags", "none"], ExitCode.INPUT),
        (["group", "grant", "ops", "nothing", "--all-projects"], ExitCode.INPUT),
        (["proposal", "request", "none"], ExitCode.INPUT),
        (["proposal", "apply", "none", "--from", "2020-01-01T00:00"], ExitCode.INPUT),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_refused_is_the_same(
    here: Wt, there: Wt, arguments: list[str], code: ExitCode
) -> None:
    first, second = here(*arguments), there(*arguments)
    assert (first.code, second.code) == (code, code), first.err + second.err
    assert error_line(second.err) == error_line(first.err)


def error_line(text: str) -> str:
    """Return the line with the error."""
    return next(line for line in text.splitlines() if line.startswith("error"))


def test_a_bundle_is_written_and_compared(here: Wt, there: Wt, tmp_path: Path) -> None:
    """The files are those of a compile here; a file that would be lost is refused."""
    assert here("compile", "--dir", "a").code == ExitCode.OK
    made = there("compile", "--dir", "b")
    assert (made.code, made.out) == (
        ExitCode.OK,
        here("compile", "--dir", "a").out.replace("a:", "b:"),
    )
    assert files(tmp_path / "b") == files(tmp_path / "a")
    fresh = there("compile", "--dir", "a", "--check")
    assert (fresh.code, fresh.out) == (ExitCode.OK, ""), fresh.err
    (tmp_path / "b" / "site.yml").write_text("- hosts: all\n", encoding="utf-8")
    (tmp_path / "b" / "own").write_text("", encoding="utf-8")
    stale = there("compile", "--dir", "b", "--check")
    assert (stale.code, "site.yml" in stale.out) == (ExitCode.REFUSED, True)
    lost = there("compile", "--dir", "b")
    assert (lost.code, "[output-directory-occupied]" in lost.err) == (ExitCode.REFUSED, True)


def files(place: Path) -> dict[str, bytes]:
    """The files of a bundle by name."""
    found = (path for path in place.rglob("*") if path.is_file())
    return {str(path.relative_to(place)): path.read_bytes() for path in found}


def test_users_roles_projects_and_tokens(here: Wt, there: Wt) -> None:
    """What one side changes, the other one shows; the words are those of the other side."""
    words = "user `bob` created: `wt user grant bob ROLE --project NAME` gives rights"
    assert there("user", "create", "bob").err == f"{words}; its roles: none\n"
    role = ("bob", "member", "--project", "default")
    for first, second in ((there, here), (here, there)):
        granted = first("user", "grant", *role, "-o", "json")
        assert "user `bob` has the role `member`; its roles: member in default" in granted.err
        assert granted.json["roles"] == [{"role": "member", "project": "default"}]
        assert "had the role" in second("user", "grant", *role).err
        gone = second("user", "revoke", *role)
        assert "has no longer the role `member` there; its roles: none" in gone.err
        assert "did not have" in first("user", "revoke", *role).err
        assert "is disabled" in first("user", "disable", "bob").err
        assert "was disabled" in second("user", "disable", "bob").err
        assert "is enabled" in first("user", "enable", "bob").err
        assert "was not disabled" in second("user", "enable", "bob").err
    made = there("user", "set-role", "starter", "--permission", "task:create", "-o", "json")
    assert made.json == {"name": "starter", "builtin": False, "permissions": ["task:create"]}
    assert there("user", "delete-role", "starter").code == ExitCode.OK
    assert there("project", "create", "team", "-o", "json").json["name"] == "team"
    token = there("token", "create", "--user", "bob", "--name", "ci", "--scope", "task:get")
    assert (token.code, token.out.startswith("wtp_")) == (ExitCode.OK, True), token.err
    assert "task:get, expires: 20" in token.err
    [shown] = there("token", "list", "--user", "bob", "-o", "json").json["items"]
    assert shown == here("token", "list", "--user", "bob", "-o", "json").json["items"][0]
    assert "is revoked" in there("token", "revoke", shown["id"]).err
    assert "was revoked before" in here("token", "revoke", shown["id"]).err
    own = there("token", "create", "--user", "everywhere", "--service", "-o", "json")
    assert own.json["token"].startswith("wts_")
    assert there("token", "revoke", own.json["id"]).code == ExitCode.OK


def test_a_plan_is_requested_and_decided(here: Wt, there: Wt) -> None:
    made = there("proposal", "request", "shop", "--only", "app/*", "-o", "json")
    plan = made.json["id"]
    assert made.json == here("proposal", "show", plan, "-o", "json").json
    approved = there("proposal", "approve", plan, "--comment", "fine")
    assert "approve by everywhere" in approved.out
    assert approved.out == here("proposal", "show", plan).out
    applied = there("proposal", "apply", plan)
    assert (applied.code, applied.out.endswith(": queued\n")) == (ExitCode.OK, True), applied.err
    rejected = there("proposal", "reject", plan)
    assert (rejected.code, "[plan-closed]" in rejected.err) == (ExitCode.REFUSED, True)


def test_a_confirmed_apply_shows_its_plan_first(
    there: Wt, service: Service, answers: Callable[[str], None]
) -> None:
    """A plan that is not confirmed leaves nothing at the service."""
    answers("n\n")
    other = document("fresh")
    Path("cluster.yaml").write_text(other, encoding="utf-8")
    refused = there("apply")
    assert (refused.code, "[not-confirmed]" in refused.err) == (ExitCode.REFUSED, True)
    assert "app/hello/command" in refused.err
    assert "Run create-cluster on `fresh` at http://127.0.0.1:" in refused.err
    assert service.store.cluster_summary("fresh") is None


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Type something at a terminal."""

    def type_in(text: str) -> None:
        import io

        stdin = io.StringIO(text)
        stdin.isatty = lambda: True  # type: ignore[method-assign]  # Typed at a terminal.
        monkeypatch.setattr("sys.stdin", stdin)

    return type_in


def test_next_steps_are_those_of_a_terminal(here: Wt, there: Wt, service: Service) -> None:
    """Also those that no request of the API stands for; and the command ends as it would here."""
    queue_task(service.store, "asked-1")
    steps = [
        NextStep("cancel", "asked-0", "end it"),
        NextStep("unlock", "shop", "release the lock"),
        NextStep("retry", "asked-0", "run it again", {"node": "app/*", "interrupted": None}),
    ]
    refusal = RefusedError("it is locked", code="cluster-locked", hint="wait", next_steps=steps)
    application = service.api.state.application.of(Actor("user", "root"), service.store.project)
    application.queued_tasks.keep_problem("asked-1", refusal)
    first, second = (side("tasks", "show", "asked-1", "-o", "json") for side in (here, there))
    assert second.json == first.json
    actions = [step["action"] for step in first.json["problem"]["next_steps"]]
    assert (actions, first.json["problem"]["exit_code"]) == (["cancel", "unlock", "retry"], 4)
    assert there("tasks", "show", "asked-1").out == here("tasks", "show", "asked-1").out


def test_schedules_channels_and_limits_are_changed(here: Wt, there: Wt) -> None:
    """What one side changes, the other one shows."""
    made = there("schedule", "create", "shop", "weekly", "--cron", "0 3 * * 1", "-o", "json")
    shown = here("schedule", "show", "shop", "weekly", "-o", "json").json
    assert {**made.json, "runs": []} == shown
    assert (
        "schedule `weekly` is disabled; next: never"
        in there("schedule", "disable", "shop", "weekly").err
    )
    assert "schedule `weekly` is disabled" in here("schedule", "next", "shop", "weekly").err
    assert "is enabled" in there("schedule", "enable", "shop", "weekly").err
    assert there("schedule", "delete", "shop", "weekly").code == ExitCode.OK
    window = ("--from", "2030-01-01", "--until", "2030-01-02")
    blackout = there("schedule", "blackout", "create", "freeze", *window, "-o", "json")
    assert here("schedule", "blackout", "list", "-o", "json").json["items"] == [blackout.json]
    assert there("schedule", "blackout", "delete", blackout.json["id"]).code == ExitCode.OK
    hook = ("url=https://example.com/", "secret=${env:WORLDTREE_NOTIFY_DEFAULT__X}")
    settings = [word for one in hook for word in ("--set", one)]
    made = there(
        "notify", "channel", "create", "hook", "--kind", "webhook", *settings, "-o", "json"
    )
    assert here("notify", "channel", "list", "-o", "json").json["items"] == [made.json]
    assert there("notify", "channel", "delete", "hook").code == ExitCode.OK
    assert (there("project", "limit", "3").out, here("project", "limit").out) == ("3\n", "3\n")
    assert there("project", "limit", "--none").out == "no limit\n"
    rules = there("proposal", "rules", "--required", "1")
    assert rules.out == here("proposal", "rules").out
    assert there("proposal", "rules", "--required", "0", "--own").code == ExitCode.OK
    tags = there("cluster", "tags", "shop", "site-a")
    assert (tags.out, "no worker has these tags now" in tags.err) == ("site-a\n", True)
    assert there("cluster", "tags", "shop", "--none").out == "any worker\n"
    role = ("/ops/db", "viewer", "--project", "default")
    assert "group `/ops/db` has the role" in there("group", "grant", *role).err
    assert "had the role" in there("group", "grant", *role).err
    assert "has no longer" in there("group", "revoke", *role).err
