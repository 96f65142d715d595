"""Every route with the permissions that it needs, and the callers whose permissions are known."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from unit.api.service import document
from worldtree.auth.permissions import BUILTIN_ROLES


def tar_gz() -> bytes:
    """An archive of one file."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("files/empty"))
    return found.getvalue()


CLUSTER, TASK = "shop", "{task"
SCHEDULE = "/clusters/{name}/schedules/{schedule}"
HOOK = {"url": "https://example.com/", "secret": "${env:WORLDTREE_NOTIFY_DEFAULT__X}"}
#: Part of a path -> the code of the problem for what does not exist.
UNKNOWN = {
    "{channel}": "channel-unknown",
    "{delivery}": "delivery-unknown",
    "{blackout}": "blackout-unknown",
    "{plan}": "plan-unknown",
    "{project}": "project-unknown",
    "{digest}": "archive-unknown",
    TASK: "task-unknown",
}
ARCHIVE = {"body": tar_gz(), "Content_Type": "application/gzip"}
PUT_BODY = {"yaml": document(), "If_Match": "*"}
PATCH_BODY: dict[str, Any] = {"json": {"metadata": {"labels": {"env": "test"}}}}
#: Method and path of each route -> its permissions, and what to send. With ``everywhere`` a role in
#: one project is not enough; ``problem`` is the code of the answer to who has the permissions.
TABLE: dict[tuple[str, str], tuple[set[str], dict[str, Any]]] = {
    ("GET", "/clusters"): ({"cluster:get"}, {}),
    ("POST", "/clusters"): ({"cluster:create", "task:create"}, {"yaml": document("new")}),
    ("GET", "/clusters/{name}"): ({"cluster:get"}, {}),
    ("PUT", "/clusters/{name}"): ({"cluster:update"}, PUT_BODY),
    ("PATCH", "/clusters/{name}"): ({"cluster:update"}, PATCH_BODY),
    ("DELETE", "/clusters/{name}"): ({"cluster:destroy", "task:create"}, {}),
    ("POST", "/clusters/{name}/tasks"): ({"task:create"}, {}),
    ("GET", "/clusters/{name}/documents"): ({"cluster:get"}, {}),
    ("GET", "/clusters/{name}/documents/diff"): ({"cluster:get"}, {"query": "?from=1&to=1"}),
    ("GET", "/clusters/{name}/documents/wanted"): ({"cluster:get"}, {}),
    ("GET", "/clusters/{name}/documents/{version}"): ({"cluster:get"}, {}),
    ("GET", "/clusters/{name}/tags"): ({"cluster:get"}, {}),
    ("PUT", "/clusters/{name}/tags"): ({"cluster:get", "cluster:bind"}, {"json": {"tags": []}}),
    ("GET", "/projects/{project}"): ({"project:get"}, {}),
    ("PUT", "/projects/{project}/limits"): (
        {"project:get", "project:update"},
        {"json": {"tasks": None}},
    ),
    ("PUT", "/projects/{project}/approvals"): (
        {"project:get", "project:update"},
        {"json": {"required": 0, "own": True}},
    ),
    ("GET", "/projects/{project}/archives"): ({"project:get"}, {}),
    ("PUT", "/projects/{project}/archives"): (
        {"project:get", "project:update"},
        {"json": {"count": 500, "bytes": 2**31}},
    ),
    ("DELETE", "/projects/{project}/archives"): ({"project:get", "project:update"}, {}),
    ("GET", "/archives"): ({"archive:get"}, {}),
    ("POST", "/archives/prune"): ({"archive:manage"}, {"json": {"older_than": 10**6}}),
    ("POST", "/archives"): ({"archive:manage"}, ARCHIVE),
    ("GET", "/archives/{digest}"): ({"archive:get"}, {}),
    ("GET", "/archives/{digest}/content"): ({"archive:get"}, {}),
    ("DELETE", "/archives/{digest}"): ({"archive:manage"}, {}),
    ("GET", "/plans"): ({"plan:get"}, {}),
    # What is refused after the check of rights needs no process that compiles.
    ("POST", "/plans"): (
        {"plan:create"},
        {"json": {"cluster": "absent"}, "problem": "cluster-unknown"},
    ),
    ("GET", "/plans/{plan}"): ({"plan:get"}, {}),
    ("GET", "/plans/{plan}/graph"): ({"plan:get"}, {}),
    ("GET", "/plans/{plan}/bundle"): ({"plan:get"}, {}),
    ("POST", "/plans/{plan}/approve"): ({"plan:approve"}, {}),
    ("POST", "/plans/{plan}/reject"): ({"plan:approve"}, {}),
    ("POST", "/plans/{plan}/apply"): ({"plan:apply"}, {}),
    ("POST", "/validate"): ({"document:compile"}, {"yaml": ""}),
    ("POST", "/compile"): (
        {"document:compile", "cluster:get"},
        {"json": {"document": ""}, "problem": "input-invalid"},
    ),
    ("GET", "/tasks"): ({"task:get"}, {}),
    ("GET", "/tasks/{task}"): ({"task:get"}, {}),
    ("GET", "/tasks/{task}/events"): ({"task:get"}, {}),
    ("GET", "/events"): ({"task:get"}, {}),
    ("GET", "/tasks/{task}/graph"): ({"task:get"}, {}),
    ("GET", "/tasks/{task}/diff/{other}"): ({"task:get"}, {}),
    ("GET", "/tasks/{task_id}/logs"): ({"task:get"}, {}),
    ("GET", "/tasks/{task_id}/logs/{number}"): ({"task:get"}, {}),
    ("GET", "/tasks/{task_id}/logs/stream"): ({"task:get"}, {}),
    ("GET", "/tasks/{task_id}/logstream"): ({"task:get"}, {}),
    ("GET", "/tasks/{task_id}/events/stream"): ({"task:get"}, {}),
    ("POST", "/tasks/{task}/cancel"): ({"task:cancel"}, {}),
    ("POST", "/tasks/{task}/resume"): ({"task:create"}, {}),
    ("POST", "/tasks/{task}/retry"): ({"task:create"}, {}),
    ("POST", "/tasks/{task}/rollback"): ({"task:rollback"}, {}),
    ("GET", "/drift"): ({"task:get"}, {}),
    ("GET", "/clusters/{name}/drift"): ({"task:get"}, {}),
    ("GET", "/clusters/{name}/drift/history"): ({"task:get"}, {}),
    ("POST", "/clusters/{name}/drift"): ({"task:create"}, {}),
    ("GET", "/clusters/{name}/certificates"): ({"cluster:get"}, {}),
    ("GET", "/clusters/{name}/facts"): ({"cluster:get"}, {}),
    ("POST", "/clusters/{name}/facts"): ({"task:create"}, {}),
    ("GET", "/clusters/{name}/facts/{host}"): ({"cluster:get"}, {}),
    ("GET", "/clusters/{name}/schedules"): ({"schedule:get"}, {}),
    ("POST", "/clusters/{name}/schedules"): (
        {"schedule:manage", "task:create"},
        {"json": {"name": "another", "cron": "0 0 1 1 *"}},
    ),
    ("GET", SCHEDULE): ({"schedule:get"}, {}),
    ("GET", f"{SCHEDULE}/runs"): ({"schedule:get"}, {}),
    ("POST", f"{SCHEDULE}/enable"): ({"schedule:manage", "task:create"}, {}),
    ("POST", f"{SCHEDULE}/disable"): ({"schedule:manage"}, {}),
    ("DELETE", SCHEDULE): ({"schedule:manage"}, {}),
    ("GET", "/blackouts"): ({"schedule:get"}, {}),
    ("POST", "/blackouts"): (
        {"schedule:manage"},
        {"json": {"name": "night", "window": {"cron": "0 22 * * *", "duration_seconds": 60}}},
    ),
    ("DELETE", "/blackouts/{blackout}"): ({"schedule:manage"}, {}),
    ("GET", "/notifications/channels"): ({"notification:get"}, {}),
    ("POST", "/notifications/channels"): (
        {"notification:manage"},
        {"json": {"name": "another", "kind": "webhook", "settings": HOOK}},
    ),
    ("GET", "/notifications/channels/{channel}"): ({"notification:get"}, {}),
    ("POST", "/notifications/channels/{channel}/test"): ({"notification:manage"}, {}),
    ("DELETE", "/notifications/channels/{channel}"): ({"notification:manage"}, {}),
    ("GET", "/notifications/deliveries"): ({"notification:get"}, {}),
    ("POST", "/notifications/deliveries/{delivery}/replay"): ({"notification:manage"}, {}),
    ("GET", "/audit"): ({"audit:get"}, {}),
    ("GET", "/audit/verify"): ({"audit:get"}, {"everywhere": True}),
    ("GET", "/audit/export"): ({"audit:get"}, {"everywhere": True}),
    ("GET", "/me/permissions"): (set(), {}),
}
#: What the table says besides what to send.
NOT_SENT = ("query", "everywhere", "problem")
POLICY = "/projects/{name}/policy"
#: As above; the query or the path has the project.
BINDINGS: dict[tuple[str, str], tuple[set[str], dict[str, Any]]] = {
    (method, f"{path}/roles/{{role}}"): ({"role:manage"}, {"query": "?project=default"})
    for method in ("PUT", "DELETE")
    for path in ("/users/{name}", "/groups/{group}")
} | {
    ("GET", POLICY): ({"policy:get"}, {}),
    ("PUT", POLICY): ({"policy:manage"}, {"json": {"archives": True}, "If_Match": "*"}),
    ("DELETE", POLICY): ({"policy:manage"}, {"If_Match": "*"}),
}
#: Routes of what belongs to no project -> permissions in all projects, and what to send.
ACCESS: dict[tuple[str, str], tuple[set[str], dict[str, Any]]] = {
    ("GET", "/users"): ({"user:manage"}, {}),
    ("POST", "/users"): ({"user:manage"}, {"json": {"name": "made"}}),
    ("GET", "/users/{name}"): ({"user:manage"}, {}),
    ("PATCH", "/users/{name}"): ({"user:manage"}, {"json": {"disabled": False}}),
    ("PUT", "/users/{name}/password"): ({"user:manage"}, {"json": {"new": "four random words"}}),
    ("DELETE", "/users/{name}/password"): ({"user:manage"}, {}),
    ("GET", "/users/{name}/tokens"): ({"user:manage"}, {}),
    ("POST", "/users/{name}/tokens"): ({"user:manage"}, {}),
    ("DELETE", "/users/{name}/tokens/{key}"): ({"user:manage"}, {}),
    ("GET", "/roles"): (set(), {}),
    ("PUT", "/roles/{name}"): ({"role:manage"}, {"json": {"permissions": ["task:get"]}}),
    ("DELETE", "/roles/{name}"): ({"role:manage"}, {}),
    ("GET", "/groups"): (set(), {}),
    ("GET", "/workers"): ({"worker:get"}, {}),
    ("GET", "/workers/{worker}"): ({"worker:get"}, {}),
    ("GET", "/projects"): (set(), {}),
    ("POST", "/projects"): ({"project:create"}, {"json": {"name": "made"}}),
    ("GET", "/me/tokens"): (set(), {}),
    ("POST", "/me/tokens"): (set(), {"json": {"scopes": ["task:get"]}}),
    ("DELETE", "/me/tokens/{key}"): (set(), {}),
    # Of a user without a password.
    ("PUT", "/me/password"): (set(), {"json": {"old": "none", "new": "four random words"}}),
    ("GET", "/me/sessions"): (set(), {}),
    ("DELETE", "/me/sessions/{key}"): (set(), {}),
}
#: Routes with which a caller shows who it is: tests/unit/api/test_sessions.py, test_login.py.
LOGIN = {
    ("POST", "/session"),
    ("DELETE", "/session"),
    ("GET", "/login"),
    ("POST", "/login/token"),
    ("GET", "/login/oidc"),
    ("GET", "/login/oidc/callback"),
}
#: Streams without an end: who gets them is in tests/unit/api/test_event_order.py.
ENDLESS: dict[tuple[str, str], tuple[set[str], dict[str, Any]]] = {
    ("GET", "/events/stream"): ({"task:get"}, {})
}
WITH_TOKEN = {**TABLE, **BINDINGS, **ACCESS, **ENDLESS}
PUBLIC = {"/livez", "/readyz", "/startupz", "/errors/{code}"}
#: Token -> its permissions in the default project; empty: the project does not exist for it.
ROLES = {
    **BUILTIN_ROLES,
    "everywhere": BUILTIN_ROLES["admin"],
    "scoped": frozenset({"task:get"}),
    "none": frozenset(),
    "other": frozenset(),
}
