"""Which commands and options work with `--server`, and what runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

import click
from click.core import ParameterSource

from worldtree.cli.command import HintedUsageError

_PACKAGE = "worldtree.cli.remote"
_DOCUMENT = ("file", "cluster")
_SELECTION = ("only", "since", "until", "hosts", "tags", "skip_tags")
#: `wait`: a task of a service always waits until its cluster is free.
_RUNNING = ("yes", "output", "events", "wait")
_PIPELINE = ("pipeline", "parameters")
_SCHEDULE = ("cluster", "name", "output")
_BINDING = ("name", "role", "project", "all_projects", "output")


@dataclass(frozen=True, slots=True)
class RemoteCommand:
    """A command of a service."""

    #: ``module:function``; it gets the parameters by their names.
    function: str
    #: Names of the parameters that work.
    parameters: tuple[str, ...]


#: Command without `wt` -> what runs it at a service.
REMOTE_COMMANDS: Mapping[str, RemoteCommand] = {
    "validate": RemoteCommand(f"{_PACKAGE}.validate:validate", ("file", "strict", "output")),
    "apply": RemoteCommand(
        f"{_PACKAGE}.run:apply",
        (
            *(*_DOCUMENT, *_SELECTION, *_RUNNING),
            *("pipeline", "parameters", "check", "diff", "only_changed"),
        ),
    ),
    "verify": RemoteCommand(f"{_PACKAGE}.run:verify", (*_DOCUMENT, *_SELECTION, *_RUNNING)),
    "destroy": RemoteCommand(f"{_PACKAGE}.run:destroy", (*_DOCUMENT, *_RUNNING)),
    "resume": RemoteCommand(f"{_PACKAGE}.continue_:resume", ("task", *_RUNNING, "interrupted")),
    "retry": RemoteCommand(
        f"{_PACKAGE}.continue_:retry", ("task", *_RUNNING, "interrupted", "nodes", "hosts")
    ),
    "rollback": RemoteCommand(f"{_PACKAGE}.continue_:rollback", ("task", *_RUNNING)),
    "cancel": RemoteCommand(f"{_PACKAGE}.continue_:cancel", ("task",)),
    "tasks list": RemoteCommand(f"{_PACKAGE}.tasks:list_", ("cluster", "limit", "order", "output")),
    "tasks show": RemoteCommand(f"{_PACKAGE}.tasks:show", ("task", "cluster", "whole", "output")),
    "tasks logs": RemoteCommand(
        f"{_PACKAGE}.tasks:logs", ("task", "cluster", "node", "host", "failed", "output")
    ),
    "audit": RemoteCommand(f"{_PACKAGE}.audit:audit", ("cluster", "limit", "output")),
    "audit verify": RemoteCommand(f"{_PACKAGE}.audit:verify", ("head", "output")),
    "audit export": RemoteCommand(f"{_PACKAGE}.audit:export", ()),
    "plan": RemoteCommand(f"{_PACKAGE}.plan:plan", (*_DOCUMENT, *_PIPELINE, *_SELECTION, "output")),
    "graph": RemoteCommand(
        f"{_PACKAGE}.plan:graph", (*_DOCUMENT, *_PIPELINE, *_SELECTION, "output")
    ),
    "compile": RemoteCommand(
        f"{_PACKAGE}.plan:compile_", (*_DOCUMENT, *_PIPELINE, *_SELECTION, "directory", "check")
    ),
    "drift": RemoteCommand(
        f"{_PACKAGE}.hosts:drift",
        (*_DOCUMENT, *_SELECTION, "min_coverage", "wait", "history", "output"),
    ),
    "facts": RemoteCommand(f"{_PACKAGE}.hosts:facts", (*_DOCUMENT, "host", "refresh", "output")),
    "proposal request": RemoteCommand(
        f"{_PACKAGE}.proposal:request",
        ("cluster", *_PIPELINE, *_SELECTION, "check", "changed", "output"),
    ),
    "proposal list": RemoteCommand(f"{_PACKAGE}.proposal:list_", ("cluster", "limit", "output")),
    "proposal show": RemoteCommand(f"{_PACKAGE}.proposal:show", ("plan", "output")),
    "proposal approve": RemoteCommand(
        f"{_PACKAGE}.proposal:approve", ("plan", "comment", "output")
    ),
    "proposal reject": RemoteCommand(f"{_PACKAGE}.proposal:reject", ("plan", "comment", "output")),
    "proposal apply": RemoteCommand(
        f"{_PACKAGE}.proposal:apply", ("plan", "start", "until", "output")
    ),
    "user create": RemoteCommand(f"{_PACKAGE}.access:create_user", ("name", "output")),
    "user list": RemoteCommand(f"{_PACKAGE}.access:list_users", ("output",)),
    "user disable": RemoteCommand(f"{_PACKAGE}.access:disable_user", ("name", "output")),
    "user enable": RemoteCommand(f"{_PACKAGE}.access:enable_user", ("name", "output")),
    "user password": RemoteCommand(f"{_PACKAGE}.access:set_password", ("name", "stdin", "remove")),
    "user grant": RemoteCommand(f"{_PACKAGE}.access:grant", _BINDING),
    "user revoke": RemoteCommand(f"{_PACKAGE}.access:revoke", _BINDING),
    "user roles": RemoteCommand(f"{_PACKAGE}.access:roles", ("output",)),
    "user set-role": RemoteCommand(
        f"{_PACKAGE}.access:set_role", ("role", "permissions", "output")
    ),
    "user delete-role": RemoteCommand(f"{_PACKAGE}.access:delete_role", ("role",)),
    "project create": RemoteCommand(f"{_PACKAGE}.access:create_project", ("name", "output")),
    "project list": RemoteCommand(f"{_PACKAGE}.access:list_projects", ("output",)),
    "project limit": RemoteCommand(f"{_PACKAGE}.settings:project_limit", ("tasks", "none")),
    "project archives": RemoteCommand(
        f"{_PACKAGE}.settings:project_archives", ("count", "size", "default", "output")
    ),
    "project policy": RemoteCommand(
        f"{_PACKAGE}.settings:project_policy", ("file", "none", "output")
    ),
    "proposal rules": RemoteCommand(
        f"{_PACKAGE}.settings:proposal_rules", ("required", "own", "output")
    ),
    "schedule create": RemoteCommand(
        f"{_PACKAGE}.schedule:create",
        (
            *("cluster", "name", "cron", "time_zone", "pipeline", "drift", "parameters", "check"),
            *("overlap", "grace", "catch_up", "catch_up_limit", "in_blackout", "output"),
        ),
    ),
    "schedule list": RemoteCommand(f"{_PACKAGE}.schedule:list_", ("cluster", "output")),
    "schedule show": RemoteCommand(f"{_PACKAGE}.schedule:show", _SCHEDULE),
    "schedule next": RemoteCommand(f"{_PACKAGE}.schedule:next_", (*_SCHEDULE, "count")),
    "schedule enable": RemoteCommand(f"{_PACKAGE}.schedule:enable", _SCHEDULE),
    "schedule disable": RemoteCommand(f"{_PACKAGE}.schedule:disable", _SCHEDULE),
    "schedule delete": RemoteCommand(f"{_PACKAGE}.schedule:delete", _SCHEDULE[:2]),
    "schedule blackout create": RemoteCommand(
        f"{_PACKAGE}.schedule:create_blackout",
        ("name", "cluster", "start", "until", "cron", "time_zone", "duration", "output"),
    ),
    "schedule blackout list": RemoteCommand(f"{_PACKAGE}.schedule:list_blackouts", ("output",)),
    "schedule blackout delete": RemoteCommand(
        f"{_PACKAGE}.schedule:delete_blackout", ("blackout_id",)
    ),
    "notify channel create": RemoteCommand(
        f"{_PACKAGE}.notify:create",
        ("name", "kind", "settings", "events", "quiet", "time_zone", "output"),
    ),
    "notify channel list": RemoteCommand(f"{_PACKAGE}.notify:list_", ("output",)),
    "notify channel test": RemoteCommand(f"{_PACKAGE}.notify:test", ("name",)),
    "notify channel delete": RemoteCommand(f"{_PACKAGE}.notify:delete", ("name",)),
    "notify log": RemoteCommand(f"{_PACKAGE}.notify:log", ("name", "limit", "output")),
    "notify replay": RemoteCommand(f"{_PACKAGE}.notify:replay", ("delivery",)),
    "workers": RemoteCommand(f"{_PACKAGE}.settings:workers", ("gone", "output")),
    "cluster tags": RemoteCommand(f"{_PACKAGE}.settings:cluster_tags", ("name", "tags", "none")),
    "group grant": RemoteCommand(f"{_PACKAGE}.settings:grant_group", _BINDING[:4]),
    "group revoke": RemoteCommand(f"{_PACKAGE}.settings:revoke_group", _BINDING[:4]),
    "group list": RemoteCommand(f"{_PACKAGE}.settings:list_groups", ("output",)),
    "token create": RemoteCommand(
        f"{_PACKAGE}.token:create", ("user", "name", "scopes", "expires", "service", "output")
    ),
    "token list": RemoteCommand(f"{_PACKAGE}.token:list_", ("user", "output")),
    "token revoke": RemoteCommand(f"{_PACKAGE}.token:revoke", ("token_id",)),
}
#: Commands, or groups of them, that are about files and logins of this machine in any case.
LOCAL_COMMANDS = frozenset(
    {"init", "import", "diff", "roles", "explain", "schema", "completion"}
    | {"login", "logout", "whoami"}
)
#: Parameter -> what to do instead.
_INSTEAD: Mapping[str, str] = {
    "extra_vars": "write the variables into the document: `spec.vars`",
    "inventories": "write the hosts into the document",
    "directory": "apply the document: the service compiles it itself",
    "dry_run": "`--check` shows what would change",
    "forks": "set `spec.ansible.forks` in the document",
    "connect_timeout": "set `spec.ssh.timeout` in the document",
    "warm": "set `spec.ansible.warm: false` in the document",
    "replan": "apply the document again: `wt apply --changed`",
    "ask_vault": "the service has secrets of its own",
    "policy": "the service has a policy of its own",
}


def invoke_remotely(context: click.Context) -> Callable[[], object] | None:
    """Return what runs the current command at the service; None for one of this machine.

    Raises ``HintedUsageError`` for a command or an option that does not work there.
    """
    names = _command_names(context)
    if names.partition(" ")[0] in LOCAL_COMMANDS:
        return None
    found = REMOTE_COMMANDS.get(names)
    if found is None:
        first = dict.fromkeys(name.partition(" ")[0] for name in REMOTE_COMMANDS)
        listed = ", ".join(f"`{name}`" for name in first)
        raise HintedUsageError(
            f"`wt {names}` does not work with --server",
            hint=f"run it on the machine of the service, without --server (WORLDTREE_SERVER); "
            f"at a service work {listed}",
        )
    _refuse_parameters(context, found)
    given = {name: context.params[name] for name in found.parameters if name in context.params}

    def run() -> object:
        module, _, attribute = found.function.partition(":")
        return getattr(import_module(module), attribute)(**given)

    return run


def _command_names(context: click.Context) -> str:
    names: list[str] = []
    while context.parent is not None:
        names.insert(0, context.info_name or "")
        context = context.parent
    return " ".join(names)


def _refuse_parameters(context: click.Context, command: RemoteCommand) -> None:
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name in command.parameters or source in (None, ParameterSource.DEFAULT):
            continue
        option = max(parameter.opts, key=len)
        raise HintedUsageError(
            f"{option} does not work with --server",
            hint=_INSTEAD.get(name, f"leave out {option}"),
        )
