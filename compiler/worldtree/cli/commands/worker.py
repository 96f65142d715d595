"""``wt worker``: runs the tasks of a service, on any machine that reaches its database."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Literal

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.core.errors import ExitCode

#: Tasks at a time, as of `wt serve`.
_DEFAULT_TASKS = 4
_DEFAULT_DRAIN_SECONDS = 60


@click.command(
    cls=Command,
    exit_codes={
        ExitCode.OK: "a signal ended the worker",
        ExitCode.FAILED: "the database cannot be used",
        ExitCode.INPUT: "a setting is wrong",
    },
)
@click.option(
    "--tasks",
    type=click.IntRange(1, 64),
    default=_DEFAULT_TASKS,
    show_default=True,
    help="Tasks to run at a time, one per cluster.",
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    help="What this worker reaches, such as a site; may be given again. `wt cluster tags` binds "
    "clusters to workers with all of their tags.",
)
@click.option(
    "--drain-time",
    type=click.IntRange(0, 86_400),
    default=_DEFAULT_DRAIN_SECONDS,
    show_default=True,
    help="Seconds to wait at SIGTERM for tasks that run.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="TOML file with what documents may do on this machine. By default they work on their "
    "hosts alone.",
)
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    default="json",
    show_default=True,
    help="Form of the log on stderr.",
)
def worker(
    tasks: int,
    tags: tuple[str, ...],
    drain_time: int,
    policy: Path | None,
    log_format: Literal["json", "text"],
) -> None:
    """Take tasks of the service from the queue, and run them on this machine.

    Any number of workers on any number of machines work on one database, which
    WORLDTREE_DATABASE_URL names; `wt workers` lists them. A worker that no longer answers is
    fenced by the others, which go on with its tasks.

    SIGTERM and Ctrl-C drain the worker: it takes no new task, and waits for those that run. After
    the drain time the rest goes on in processes of its own, which the next worker on this machine
    watches; a second signal ends the waiting.
    """
    from worldtree.app.admin.worker_settings import check_tags
    from worldtree.app.documents.document_policy import DocumentPolicy
    from worldtree.app.documents.policy_file import read_policy
    from worldtree.core.json_logs import configure_logs
    from worldtree.worker.service_duties import service_duties
    from worldtree.worker.task_process import LOG_FORMAT_VARIABLE
    from worldtree.worker.worker import Worker

    check_tags(tags)
    allowed = DocumentPolicy() if policy is None else read_policy(policy)
    made = application(project="").with_policy(allowed)
    click.get_current_context().call_on_close(made.close)
    # Opened here: an older schema or an unreachable server ends the command.
    click.echo(f"state: {made.store.describe()}", err=True)
    home = made.settings.home
    configure_logs(log_format)
    running = Worker(
        made,
        limit=tasks,
        tags=tags,
        policy=allowed,
        environ={**os.environ, "WORLDTREE_HOME": str(home), LOG_FORMAT_VARIABLE: log_format},
        directory=home,
        duties=service_duties(made),
    )
    drain, stop = threading.Event(), threading.Event()

    def heed(_number: int, _frame: object) -> None:
        if drain.is_set():
            stop.set()
        drain.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heed)
    running.start()
    drain.wait()
    running.drain(drain_time, stop)
    running.stop()
