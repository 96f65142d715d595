"""Calls about plans, and plans that are made without compiling."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select, update

from unit.api.service import Service, callers, document
from worldtree.core.actor import Actor
from worldtree.store.schema import plans, tasks

NAMES = count()
#: The id of the plan that was really compiled, once there is one.
MODEL: dict[str, str] = {}


def request(service: Service, cluster: str, token: str = "member", **more: Any) -> dict[str, Any]:
    """Request a plan; it is compiled."""
    answer = service.call("POST", "/plans", token=token, json={"cluster": cluster, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/v1/plans/{found['id']}"
    return found


def propose(service: Service, cluster: str, token: str = "member", **asked: Any) -> dict[str, Any]:
    """Store a plan of a cluster as ``token`` would have requested it, with what else is asked."""
    store, name = service.store, f"plan{next(NAMES)}"
    record = store.proposal(MODEL["id"])
    wanted = store.wanted_document(cluster)
    assert record is not None
    assert record.plan is not None
    assert record.files is not None
    assert wanted is not None
    store.add_proposal(
        name,
        store.plan(record.plan).model_copy(update={"cluster": cluster}),
        actor=Actor("token", callers("")[token].name, "127.0.0.1"),
        request={**record.request, **asked},
        digests={**record.digests, "document": wanted.digest, "wanted": wanted.digest},
        files=record.files,
    )
    found: dict[str, Any] = service.call("GET", f"/plans/{name}").json()
    return found


def act(service: Service, name: str, what: str, token: str = "project-owner", **sent: Any) -> Any:
    return service.call("POST", f"/plans/{name}/{what}", token=token, json=sent)


def window(begin: float, end: float) -> dict[str, Any]:
    now = datetime.now(UTC)
    times = (now + timedelta(seconds=begin), now + timedelta(seconds=end))
    return {"window": dict(zip(("from", "until"), [one.isoformat() for one in times], strict=True))}


@contextmanager
def rules(service: Service, **values: Any) -> Iterator[None]:
    """The project has these rules inside the block."""
    _set_rules(service, values)
    try:
        yield
    finally:
        _set_rules(service, None)


def _set_rules(service: Service, values: dict[str, Any] | None) -> None:
    service.store.change_project_setting(
        "approvals", values, "root", what="approval-rules-changed", detail=""
    )


def begin(service: Service, task: str) -> None:
    """Let a queued task have begun, as a worker does."""
    with service.store._writer.begin() as connection:
        any_plan = select(plans.c.digest).limit(1).scalar_subquery()
        connection.execute(update(tasks).where(tasks.c.id == task).values(plan=any_plan))


@pytest.fixture
def cluster(service: Service) -> str:
    """A cluster with a document, which no other test uses."""
    name = f"shop{next(NAMES)}"
    service.store.put_document(name, document(name), None)
    return name


@pytest.fixture(scope="module", autouse=True)
def compiled(service: Service) -> None:
    """One plan that is really compiled: other tests have copies of it, since compiling is slow."""
    service.store.put_document("model", document("model"), None)
    MODEL["id"] = request(service, "model")["id"]
