"""Asks a service for tasks whose steps are counted."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from chaos import work
from worldtree.app.ports import Ports
from worldtree.app.service import Application
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.core.actor import Actor
from worldtree.core.settings import Settings

_STEPS = 2


def open_application(place: Path, database_url: str, outage: float = 0.0) -> Application:
    """Return the application of a service without a worker, whose home is in ``place``.

    ``outage`` is that of ``WorkerTimes``; 0 is the usual one.
    """
    ports = Ports(
        environ=dict(os.environ),
        working_directory=place,
        terminate=lambda pid: os.kill(pid, signal.SIGTERM),
        actor=Actor("system", "load"),
    )
    settings = Settings(home=place / "service", database_url=database_url, worker_outage=outage)
    return Application(settings, ports)


def ask(
    application: Application, place: Path, number: int, *, clusters: int, seconds: float
) -> tuple[str, list[str]]:
    """Ask for the task ``number``; return its id and the names of its steps.

    Its steps write to ``place`` and take ``seconds`` each.
    """
    store, cluster = application.store, f"c{number % clusters}"
    text = work.document(cluster, place, number, steps=_STEPS, seconds=seconds)
    before = store.wanted_document(cluster)
    kept = store.put_document(cluster, text, None if before is None else before.digest)
    record = application.submission.submit(cluster, TaskRequest(stored_document=kept.digest))
    return record.id, [work.step_name(cluster, number, at) for at in range(_STEPS)]
