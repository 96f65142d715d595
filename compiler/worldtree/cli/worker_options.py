"""What `wt serve` and `wt worker` have in common: options, and the worker that they describe."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from worldtree.cli.build_application import application

if TYPE_CHECKING:
    from worldtree.app.service import Application
    from worldtree.worker.worker import Worker

_OPTIONS = (
    click.option(
        "--tag",
        "tags",
        multiple=True,
        help="What the worker reaches, such as a site; may be given again. `wt cluster tags` binds "
        "clusters to workers with all of their tags.",
    ),
    click.option(
        "--policy",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="TOML file with what documents may do on this machine. By default they work on their "
        "hosts alone.",
    ),
    click.option(
        "--log-format",
        type=click.Choice(["json", "text"]),
        default="json",
        show_default=True,
        help="Form of the log on stderr.",
    ),
)


def worker_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command passes their values to ``make_worker``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def make_worker(
    tasks: int,
    *,
    tags: tuple[str, ...],
    policy: Path | None,
    log_format: Literal["json", "text"],
) -> tuple[Application, Worker]:
    """Open the state, begin the log, and return the application and a worker, not yet started.

    ``tasks`` is how many run at a time. The end of the command closes the application. Raises
    ``WorldTreeError`` for wrong tags, a wrong policy, and a database that cannot be used.
    """
    from worldtree.app.admin.worker_settings import check_tags
    from worldtree.app.documents.policy_file import read_policy
    from worldtree.app.documents.service_policy import ServicePolicy
    from worldtree.core.json_logs import configure_logs
    from worldtree.worker.service_duties import service_duties
    from worldtree.worker.task_process import LOG_FORMAT_VARIABLE
    from worldtree.worker.worker import Worker

    check_tags(tags)
    allowed = ServicePolicy() if policy is None else read_policy(policy)
    made = application(project="").with_policy(allowed)
    click.get_current_context().call_on_close(made.close)
    # Opened here: an older schema or an unreachable server ends the command, not each request.
    click.echo(f"state: {made.store.describe()}", err=True)
    home = made.settings.home
    configure_logs(log_format)
    worker = Worker(
        made,
        limit=tasks,
        tags=tags,
        policy=allowed,
        environ={**os.environ, "WORLDTREE_HOME": str(home), LOG_FORMAT_VARIABLE: log_format},
        directory=home,
        duties=service_duties(made),
    )
    return made, worker
