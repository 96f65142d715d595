"""The permissions, and the roles that every installation has."""

from __future__ import annotations

from collections.abc import Mapping

#: Permission -> what it allows.
PERMISSIONS: Mapping[str, str] = {
    "archive:get": "list and download archives with roles and files",
    "archive:manage": "upload and delete archives with roles and files",
    "audit:get": "read the audit log",
    "cluster:bind": "choose by tags which workers work on clusters",
    "cluster:create": "create clusters",
    "cluster:destroy": "remove clusters from their hosts",
    "cluster:get": "read clusters and their documents",
    "cluster:update": "change documents of clusters",
    "document:compile": "validate documents, and compile plans without running them",
    "metrics:get": "read the metrics",
    "notification:get": "read channels of notifications and their deliveries",
    "notification:manage": "create, test and delete channels, and repeat deliveries",
    "plan:apply": "run plans that were compiled and approved",
    "plan:approve": "approve and reject plans",
    "plan:create": "compile plans and ask for their approval",
    "plan:get": "read plans and their bundles",
    "policy:get": "read what documents of a project may do on the machine of the service",
    "policy:manage": "change that, within what the operator of the service allows",
    "project:create": "create projects",
    "project:get": "see a project, its limits and rules",
    "project:update": "change limits and rules of a project",
    "role:manage": "define roles and give them to users",
    "schedule:get": "read schedules, their history and blackouts",
    "schedule:manage": "create, change and delete schedules and blackouts",
    "task:cancel": "cancel tasks",
    "task:create": "run pipelines on clusters, also resume and retry their tasks",
    "task:get": "read tasks, their results, logs and events",
    "task:rollback": "roll tasks back",
    "user:manage": "create and disable users, and their tokens",
    "worker:get": "list workers",
}

#: Permissions for what belongs to no project: a role gives them only in all projects. Else the
#: admin of one project could create tokens for users of others.
INSTALLATION_PERMISSIONS = frozenset({"metrics:get", "project:create", "user:manage", "worker:get"})

_READS = frozenset(name for name in PERMISSIONS if name.endswith(":get")) - {
    "audit:get",
    "metrics:get",
    "worker:get",
}
_WORK = frozenset(
    {"archive:manage", "cluster:create", "cluster:update", "document:compile", "task:cancel"}
)
_MEMBER = _READS | _WORK | {"plan:apply", "plan:create", "schedule:manage", "task:create"}

#: Built-in role -> its permissions.
BUILTIN_ROLES: Mapping[str, frozenset[str]] = {
    "admin": frozenset(PERMISSIONS),
    "project-owner": _MEMBER
    | {"audit:get", "cluster:destroy", "notification:manage", "plan:approve", "policy:manage"}
    | {"task:rollback"},
    "member": _MEMBER,
    "viewer": _READS,
}
