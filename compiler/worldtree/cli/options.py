"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from worldtree.cli.command import HintedUsageError
from worldtree.cli.completions import (
    complete_cluster,
    complete_host,
    complete_node,
    complete_parameter,
    complete_pipeline,
    complete_tag,
)
from worldtree.core.written_paths import home_path
from worldtree.plan.pipeline_names import BUILTIN_PIPELINES, CREATE_CLUSTER
from worldtree.plan.pipeline_request import PipelineRequest

F = TypeVar("F", bound=Callable[..., Any])

#: The document when ``-f`` is not given.
DEFAULT_DOCUMENT = Path("cluster.yaml")

_file = click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_DOCUMENT,
    show_default=True,
    help="The cluster document.",
)
_cluster = click.option(
    "--cluster",
    metavar="NAME",
    shell_complete=complete_cluster,
    help="The cluster, if the file contains several documents.",
)
_extra_vars = click.option(
    "-e",
    "--extra-vars",
    "extra_vars",
    multiple=True,
    metavar="NAME=VALUE|JSON|@FILE",
    help="Extra variables, which win over all others; may be repeated. They are in the plan in "
    "clear: no secrets.",
)
_inventories = click.option(
    "-i",
    "--inventory",
    "inventories",
    multiple=True,
    metavar="PATH|HOST,…",
    help="Inventory in place of the document's hosts and inventory; may be repeated, a later one "
    "wins.",
)
_pipeline = click.option(
    "--pipeline",
    metavar="NAME",
    shell_complete=complete_pipeline,
    default=CREATE_CLUSTER,
    show_default=True,
    help=f"The pipeline: {', '.join(BUILTIN_PIPELINES)}, or one of a package; `wt pipelines list` "
    "shows all.",
)
_parameters = click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=complete_parameter,
    help="A parameter of the pipeline; may be repeated. Lists and mappings are JSON. It is in the "
    "plan in clear: for a secret, give a reference such as ${env:NAME}.",
)
_selection = (
    click.option(
        "--only",
        multiple=True,
        metavar="PATTERN",
        shell_complete=complete_node,
        help="Only matching nodes, such as `etcd/*`; may be repeated.",
    ),
    click.option(
        "--since",
        multiple=True,
        metavar="PATTERN",
        shell_complete=complete_node,
        help="Only matching nodes and everything after them; may be repeated.",
    ),
    click.option(
        "--until",
        multiple=True,
        metavar="PATTERN",
        shell_complete=complete_node,
        help="Only matching nodes and everything before them; may be repeated.",
    ),
    click.option(
        "--hosts",
        "--limit",
        "-l",
        "hosts",
        multiple=True,
        metavar="PATTERN",
        shell_complete=complete_host,
        help="Only on these hosts: names, groups, host patterns of Ansible (`web:!canary`) or a "
        "selector; may be repeated.",
    ),
    click.option(
        "--tags",
        multiple=True,
        metavar="TAG,…",
        shell_complete=complete_tag,
        help="Only tasks with one of these tags or the tag `always`, as with ansible-playbook; may "
        "be repeated.",
    ),
    click.option(
        "--skip-tags",
        multiple=True,
        metavar="TAG,…",
        shell_complete=complete_tag,
        help="Leave out tasks with one of these tags, as with ansible-playbook; may be repeated.",
    ),
)


def duration_seconds(_context: click.Context, _parameter: click.Parameter, value: str) -> float:
    """Parse an option such as ``30d`` to seconds; an option callback."""
    from worldtree.spec.durations import parse_duration

    try:
        return parse_duration(value)
    except ValueError as problem:
        raise click.BadParameter(f"{problem}; examples: 30d, 12h, 1h30m") from problem


def request_options(function: F) -> F:
    """Add ``-f FILE``, ``--cluster NAME``, ``-e`` and ``-i``.

    The function gets them as one ``DocumentRequest``.
    """
    return _request_options(function, _file, _cluster, _extra_vars, _inventories)


def file_request_options(function: F) -> F:
    """Add what ``request_options`` adds but ``--cluster``, for all documents of a file."""
    return _request_options(function, _file, _extra_vars, _inventories)


def _request_options(function: F, *options: Callable[[Any], Any]) -> F:
    @wraps(function)
    def with_request(
        *args: Any,
        file: Path,
        extra_vars: tuple[str, ...],
        inventories: tuple[str, ...],
        cluster: str | None = None,
        **more: Any,
    ) -> Any:
        from worldtree.app.documents.document_request import DocumentRequest

        variables, given = _read_extra_vars(extra_vars), _relative_inventories(inventories, file)
        request = DocumentRequest(file, cluster, variables, given)
        return function(*args, request=request, **more)

    for option in reversed(options):
        with_request = option(with_request)
    return cast("F", with_request)


def _read_extra_vars(given: Sequence[str]) -> dict[str, Any]:
    if not given:
        return {}
    from worldtree.app.documents.extra_vars import read_extra_vars

    texts = [f"@{home_path(text[1:])}" if text[:1] == "@" else text for text in given]
    return read_extra_vars(texts, Path.cwd())


def _relative_inventories(given: Sequence[str], file: Path) -> tuple[str, ...]:
    """Return inventories relative to the directory of the document."""
    if not given:
        return ()
    from worldtree.app.documents.given_inventories import relative_inventories

    texts = [text if "," in text else str(home_path(text)) for text in given]
    return relative_inventories(texts, file, Path.cwd())


def pipeline_options(function: F) -> F:
    """Add ``--pipeline NAME`` and ``--param NAME=VALUE``.

    The function gets them as one ``PipelineRequest``.
    """

    @wraps(function)
    def with_request(*args: Any, pipeline: str, parameters: tuple[str, ...], **more: Any) -> Any:
        request = PipelineRequest(pipeline, read_parameters(parameters))
        return function(*args, pipeline=request, **more)

    return cast("F", _pipeline(_parameters(with_request)))


def read_parameters(given: Sequence[str]) -> dict[str, str]:
    """Return the values of ``NAME=VALUE`` texts by name; raises ``HintedUsageError``.

    Messages show no value: it may be a secret that should not be there.
    """
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not _is_utf8(text):
            raise HintedUsageError("--param: the text is not valid UTF-8", hint="correct the text")
        if not sign or not name:
            raise HintedUsageError(
                "--param takes NAME=VALUE" if name else "--param: the name is missing",
                hint=f"write `--param {name if not sign and name else 'NAME'}=VALUE`",
            )
        if name in found:
            raise HintedUsageError(
                f"--param: `{name}` is given more than once", hint="give each parameter once"
            )
        found[name] = value
    return found


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def selection_options(function: F) -> F:
    """Add ``--only --since --until --hosts --tags --skip-tags``, which select a part of the graph.

    The function gets them as one ``Selection``.
    """

    @wraps(function)
    def with_selection(
        *args: Any,
        only: tuple[str, ...],
        since: tuple[str, ...],
        until: tuple[str, ...],
        hosts: tuple[str, ...],
        tags: tuple[str, ...],
        skip_tags: tuple[str, ...],
        **more: Any,
    ) -> Any:
        from worldtree.app.requests import Selection

        chosen = tag_lists(tags, skip_tags)
        selection = Selection(only, since, until, hosts, **chosen)
        return function(*args, selection=selection, **more)

    for option in reversed(_selection):
        with_selection = option(with_selection)
    return cast("F", with_selection)


def tag_lists(tags: tuple[str, ...], skip_tags: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the tags of both options, each once; raises ``HintedUsageError``."""
    return {"tags": _tags("--tags", tags), "skip_tags": _tags("--skip-tags", skip_tags)}


def _tags(option: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags that ``option`` lists, each once."""
    listed = (tag.strip() for text in given for tag in text.split(","))
    named = tuple(dict.fromkeys(tag for tag in listed if tag))
    if given and not named:
        raise HintedUsageError(
            f"{option} contains no tag", hint=f"example: `{option} deploy,restart`"
        )
    return named


def yes_option(function: F) -> F:
    """Add ``--yes``, which confirms without a question."""
    return click.option(
        "-y",
        "--yes",
        is_flag=True,
        help="Do not ask for confirmation; required without a terminal.",
    )(function)


def node_option(function: F) -> F:
    """Add ``--node PATTERN``."""
    return click.option(
        "--node",
        metavar="PATTERN",
        shell_complete=complete_node,
        help="Only matching nodes, such as `etcd/*` or `etcd/install/binary`.",
    )(function)


def role_directories(
    role_paths: Sequence[Path], collection_paths: Sequence[Path]
) -> tuple[Sequence[Path], Sequence[Path]]:
    """Return the directories of roles and of collections, or the usual ones where none is given."""
    return role_paths or (Path("roles"),), collection_paths or (Path("collections"),)
