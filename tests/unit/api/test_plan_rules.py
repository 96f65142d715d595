"""What rules about approvals say of work that was begun before, and who hears of open plans."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from unit.api.plan_calls import act, propose, request, rules
from unit.api.plan_calls import cluster as cluster
from unit.api.plan_calls import compiled as compiled
from unit.api.service import Service, check_problem
from unit.store.tasks import WANTED, run_task
from worldtree.core.actor import Actor
from worldtree.store.service_tables import notices, proposals


@pytest.mark.parametrize("action", ["resume", "retry", "rollback"])
def test_work_without_an_approved_plan_is_not_continued(
    service: Service, cluster: str, action: str
) -> None:
    """That of an approved plan is; what was done is repeated with the newest task alone."""
    wanted = WANTED.model_copy(update={"cluster": cluster})
    old = run_task(service.store, "failed", wanted).id
    sent: dict[str, Any] = {"nodes": ["*"]} if action == "retry" else {}
    with rules(service, required=1):
        answer = service.call("POST", f"/tasks/{old}/{action}", json=sent)
        check_problem(answer, 409, "approval-required")
        plan = propose(service, cluster)["id"]
        act(service, plan, "approve")
        approved = act(service, plan, "apply").json()["task_id"]
        service.call("POST", f"/tasks/{approved}/cancel")
        with service.store._writer.begin() as connection:
            mine = update(proposals).where(proposals.c.id == plan)
            connection.execute(mine.values(task=old))
        assert service.call("POST", f"/tasks/{old}/{action}", json=sent).status_code == 202
        if action == "retry":
            run_task(service.store, wanted=wanted)
            service.store.cancel_queued(old, "test", "test")
            answer = service.call("POST", f"/tasks/{old}/{action}", json=sent)
            check_problem(answer, 409, "approval-required")


def test_a_plan_that_waits_for_approval_is_reported(service: Service, cluster: str) -> None:
    """Once, where a channel may hear of it and the project has rules."""
    who = Actor("token", "ann")
    settings: dict[str, Any] = {"url": "https://example.com/", "secret": "x"}
    more: dict[str, Any] = {"events": (), "quiet": None, "who": who, "now": 1.0}
    service.store.add_channel("approvals", "webhook", settings=settings, **more)
    request(service, cluster)
    with rules(service, required=1):
        plan = request(service, cluster)["id"]
    service.store.delete_channel("approvals", who)
    with service.store._engine.connect() as connection:
        query = select(notices.c.key).where(notices.c.kind == "approval-wanted")
        assert connection.execute(query).scalars().all() == [f"plan {plan}"]
