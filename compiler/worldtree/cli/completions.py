"""Values that a shell completes: tasks, nodes, hosts, tags, clusters, pipelines, roles, paths.

An error completes nothing: a shell has no place for its message, and the command itself reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import chosen_server
from worldtree.core.errors import WorldTreeError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.plan.pipeline_request import PipelineRequest
    from worldtree.plan.plan import Plan

_Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]
#: The newest ids of tasks that are offered.
_MAX_TASKS = 50


def _completer(values: Callable[[click.Context, str], Iterable[str]]) -> _Completer:
    """Return what click calls to complete a parameter; ``values`` gets what was typed so far."""

    @wraps(values)
    def complete(
        context: click.Context, _parameter: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        if chosen_server(context):
            return []  # What is on this machine is not what the service has.
        with context.scope():
            try:
                found = [one for one in values(context, typed) if one.startswith(typed)]
            except (WorldTreeError, OSError, click.UsageError):
                return []
        return [CompletionItem(one) for one in found]

    return complete


@_completer
def complete_task(_context: click.Context, _typed: str) -> Iterator[str]:
    """The newest tasks."""
    yield "latest"
    yield from (task.id for task in application().history.list(limit=_MAX_TASKS))


@_completer
def complete_node(context: click.Context, _typed: str) -> list[str]:
    """Patterns of modules, of tasks and of single nodes, in the plan's order."""
    from worldtree.plan.ids import without_pipeline

    found: dict[str, None] = {}
    for node in map(without_pipeline, _plan(context).graph.nodes):
        module, task, _ = node.split("/", 2)
        found |= dict.fromkeys([f"{module}/*", f"{module}/{task}/*", node])
    return list(found)


@_completer
def complete_host(context: click.Context, _typed: str) -> Iterator[str]:
    """The hosts of the document."""
    return (host.name for host in _plan(context).hosts)


@_completer
def complete_tag(context: click.Context, _typed: str) -> tuple[str, ...]:
    """The tags of steps, and of tasks inside of them."""
    return application().documents.tags(*_plan_options(context))


@_completer
def complete_cluster(context: click.Context, _typed: str) -> list[str]:
    """The clusters of the document."""
    return application().documents.clusters(_document(context))


@_completer
def complete_known_cluster(_context: click.Context, _typed: str) -> list[str]:
    """The clusters that tasks ran on."""
    return sorted(application().store.cluster_names())


@_completer
def complete_pipeline(_context: click.Context, _typed: str) -> Iterable[str]:
    """The built-in pipelines and those of packages."""
    return (one.name for one in application().reference.list_pipelines())


@_completer
def complete_parameter(context: click.Context, _typed: str) -> Iterator[str]:
    """The parameters of the pipeline that were not given yet, each with its `=`."""
    given = {text.partition("=")[0] for text in context.params.get("parameters") or ()}
    for one in application().reference.describe_pipeline(_pipeline_name(context)).parameters:
        if one.name not in given:
            yield f"{one.name}="


@_completer
def complete_role(context: click.Context, _typed: str) -> Iterator[str]:
    """The roles that a document can use."""
    from worldtree.cli.options import role_directories

    reference = application().reference
    index = reference.roles(
        *role_directories(
            context.params.get("roles_path") or (), context.params.get("collections_path") or ()
        )
    )
    return (role.name for role in reference.list_roles(index))


@_completer
def complete_user(_context: click.Context, _typed: str) -> Iterator[str]:
    """The users of the service."""
    return (one.user.name for one in application().access.list_users())


@_completer
def complete_user_role(_context: click.Context, _typed: str) -> Iterator[str]:
    """The roles of users."""
    return (one.name for one in application().access.list_roles())


@_completer
def complete_permission(_context: click.Context, _typed: str) -> Iterable[str]:
    """The permissions."""
    from worldtree.auth.permissions import PERMISSIONS

    return PERMISSIONS


@_completer
def complete_token(_context: click.Context, _typed: str) -> Iterator[str]:
    """The ids of tokens that are not revoked."""
    return (one.id for one in application().access.list_tokens() if one.revoked is None)


@_completer
def complete_project(_context: click.Context, _typed: str) -> Iterator[str]:
    """The projects."""
    return (one.name for one in application().access.list_projects())


@_completer
def complete_path(_context: click.Context, typed: str) -> Iterator[str]:
    """The fields below the part of a document path that is complete."""
    above = typed.rpartition(".")[0]
    start = f"{above}." if above else ""
    return (f"{start}{child.key}" for child in application().reference.explain(above).children)


def _document(context: click.Context) -> Path:
    from worldtree.cli.options import DEFAULT_DOCUMENT

    return context.params.get("file") or DEFAULT_DOCUMENT


def _plan(context: click.Context) -> Plan:
    """Return the plan that the options so far describe."""
    return application().documents.plan(*_plan_options(context)).plan


def _plan_options(context: click.Context) -> tuple[DocumentRequest, PipelineRequest]:
    """Return what is asked for: the document with its cluster, and the pipeline."""
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.cli.options import read_parameters
    from worldtree.plan.pipeline_request import PipelineRequest

    given = read_parameters(context.params.get("parameters") or ())
    pipeline = PipelineRequest(_pipeline_name(context), given)
    return DocumentRequest(_document(context), context.params.get("cluster")), pipeline


def _pipeline_name(context: click.Context) -> str:
    from worldtree.plan.pipeline_names import CREATE_CLUSTER

    return context.params.get("pipeline") or CREATE_CLUSTER
