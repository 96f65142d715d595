"""``wt worker``: runs the tasks of a service, on any machine that reaches its database."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Literal

import click

from worldtree.cli.command import Command
from worldtree.cli.worker_options import make_worker, worker_options
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
    "--drain-time",
    type=click.IntRange(0, 86_400),
    default=_DEFAULT_DRAIN_SECONDS,
    show_default=True,
    help="Seconds to wait at SIGTERM for tasks that run.",
)
@worker_options
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
    _, running = make_worker(tasks, tags=tags, policy=policy, log_format=log_format)
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
