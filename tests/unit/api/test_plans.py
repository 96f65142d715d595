"""Plans through the API: compiled apart, approved by others, run exactly as they were approved."""

from __future__ import annotations

import io
import tarfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select, update

from unit.api.plan_calls import act, begin, propose, request, rules, window
from unit.api.plan_calls import cluster as cluster
from unit.api.plan_calls import compiled as compiled
from unit.api.service import Service, check_problem, document
from worldtree.app.approvals.windows import PlanWindows
from worldtree.app.content.content_request import ContentSource
from worldtree.results.status import TaskStatus
from worldtree.store.schema import contents, file_trees, tasks
from worldtree.store.service_tables import decisions, proposals


def test_a_plan_is_compiled_without_a_run(service: Service, cluster: str) -> None:
    """It has graph, layers, undo coverage and digests; no task and no work is in the queue."""
    found = request(service, cluster)
    assert (found["status"], found["requested_by"], found["missing"]) == ("ready", "member", [])
    [node] = found["graph"]["nodes"]
    assert (node["id"], node["layer"], node["status"]) == (
        "create-cluster/app/hello/command",
        0,
        None,
    )
    assert found["graph"]["layers"] == [[node["id"]]]
    assert found["undo"]["nodes"] == 1
    assert found["undo"]["irreversible"] == [node["id"]]
    assert {"document", "plan", "bundle", "inventory"} <= set(found["digests"])
    assert service.call("GET", f"/plans/{found['id']}/graph").json() == found["graph"]
    assert service.store.list_tasks(cluster) == []
    listed = service.call("GET", f"/plans?cluster={cluster}").json()["items"]
    assert [one["id"] for one in listed] == [found["id"]]
    assert not {"graph", "digests", "decisions"} & set(listed[0])


def test_the_bundle_comes_as_a_tar(service: Service, cluster: str) -> None:
    """It is the whole bundle, with its manifest."""
    plan = propose(service, cluster)["id"]
    answer = service.client.get(
        f"/api/v1/plans/{plan}/bundle", headers={"Authorization": "Bearer viewer"}
    )
    assert answer.headers["content-type"] == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        assert {"plan.json", "ansible.cfg"} <= set(archive.getnames())


def test_lists_have_pages(service: Service, cluster: str) -> None:
    """Each plan once, newest first."""
    made = [propose(service, cluster)["id"] for _ in range(3)]
    place = f"/plans?cluster={cluster}&limit=2"
    first = service.call("GET", place).json()
    second = service.call("GET", f"{place}&cursor={first['next']}").json()
    assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None
    assert service.call("GET", f"{place}&status=applied").json()["items"] == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"cluster": "absent"}, 404, "cluster-unknown"),
        ({"pipeline": "absent"}, 422, "input-invalid"),
        ({"version": 9}, 404, "document-version-unknown"),
        ({"selection": {"only": ["absent"]}}, 422, "input-invalid"),
        ({"more": 1}, 422, "request-invalid"),
        ({"cluster": None}, 422, "request-invalid"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    service: Service, cluster: str, change: dict[str, Any], status: int, code: str
) -> None:
    """Nothing is stored."""
    answer = service.call("POST", "/plans", json={"cluster": cluster, **change})
    check_problem(answer, status, code)
    assert service.call("GET", f"/plans?cluster={cluster}").json()["items"] == []


def test_an_unknown_plan_is_not_found(service: Service) -> None:
    """With a link to all of them."""
    problem = check_problem(service.call("GET", "/plans/absent"), 404, "plan-unknown")
    assert problem["next_steps"][0]["href"] == "/api/v1/plans"
    for what in ("approve", "reject", "apply"):
        check_problem(act(service, "absent", what), 404, "plan-unknown")


def test_a_project_without_rules_needs_no_approval(service: Service, cluster: str) -> None:
    """A plan runs as it is, once; the queue has the plan, not the document."""
    plan = propose(service, cluster)["id"]
    answer = act(service, plan, "apply", "member")
    assert answer.status_code == 202, answer.text
    task = answer.json()["task_id"]
    [row] = [one for one in service.store.queued_tasks() if one.task == task]
    assert (row.request["kind"], row.request["proposal"]) == ("approved", plan)
    found = service.call("GET", f"/plans/{plan}").json()
    assert (found["status"], found["task_id"]) == ("applied", task)
    for what in ("apply", "approve", "reject"):
        check_problem(act(service, plan, what), 409, "plan-closed")


def test_two_users_approve_and_say_why(service: Service, cluster: str) -> None:
    """What is missing is said until both have; who approved is kept, with the comment."""
    with rules(service, required=2):
        plan = propose(service, cluster)
        assert plan["missing"] == ["approvals 0 of 2"]
        name = plan["id"]
        problem = check_problem(act(service, name, "apply", "member"), 409, "approval-required")
        assert problem["next_steps"][0]["href"].endswith(name)
        sent = {"comment": "looks good", "plan": plan["digests"]["plan"]}
        first = act(service, name, "approve", **sent).json()
        assert (first["status"], first["missing"]) == ("ready", ["approvals 1 of 2"])
        again = act(service, name, "approve", "owner-again").json()
        assert again["missing"] == ["approvals 1 of 2"]
        check_problem(act(service, name, "apply", "member"), 409, "approval-required")
        second = act(service, name, "approve", "admin").json()
        assert (second["status"], second["missing"]) == ("approved", [])
        said = [(one["who"], one["comment"], one["counts"]) for one in second["decisions"]]
        assert said == [("project-owner", "looks good", True), ("admin", "", True)]
        assert act(service, name, "apply", "member").status_code == 202
    entries = service.call("GET", f"/audit?cluster={cluster}").json()["items"]
    whats = [one["what"] for one in entries]
    assert whats[:4] == ["plan-applied", "plan-approved", "plan-approved", "plan-requested"]
    assert "looks good" in entries[2]["detail"]


def test_nobody_approves_ones_own(service: Service, cluster: str) -> None:
    """Also not by another token; a project may allow it."""
    with rules(service, required=1):
        plan = propose(service, cluster, "project-owner")["id"]
        for token in ("project-owner", "owner-again"):
            check_problem(act(service, plan, "approve", token), 403, "approval-own")
        with service.store._engine.connect() as connection:
            mine = select(func.count()).where(decisions.c.proposal == plan)
            assert connection.execute(mine).scalar() == 0
    with rules(service, required=1, own=True):
        assert act(service, plan, "approve", "owner-again").json()["status"] == "approved"
    with rules(service, required=1, own=False):
        # The rule is that of the moment of applying.
        check_problem(act(service, plan, "apply"), 409, "approval-required")


def test_a_rejection_is_final(service: Service, cluster: str) -> None:
    """Approvals before and after it do not help."""
    with rules(service, required=1):
        plan = propose(service, cluster)["id"]
        act(service, plan, "approve")
        found = act(service, plan, "reject", "admin", comment="not today").json()
        assert found["status"] == "rejected"
        for what in ("approve", "apply"):
            check_problem(act(service, plan, what, "admin"), 409, "plan-closed")


def test_another_document_voids_an_approval(service: Service, cluster: str) -> None:
    """Who applies hears what has changed; the plan stays void when the document comes back."""
    with rules(service, required=1):
        plan = propose(service, cluster)["id"]
        act(service, plan, "approve")
        other = document(cluster, host="h2")
        before = document(cluster)
        for body in (other, before):
            sent = service.call("PUT", f"/clusters/{cluster}", yaml=body, If_Match="*")
            assert sent.status_code == 200
            if body is other:
                shown = service.call("GET", f"/plans/{plan}").json()
                assert "version 2" in shown["changes"][0]
                problem = check_problem(act(service, plan, "apply"), 409, "plan-void")
                assert "document" in problem["detail"]
                assert problem["next_steps"][0]["rel"] == "request-plan"
        check_problem(act(service, plan, "apply"), 409, "plan-void")
        check_problem(act(service, plan, "approve", "admin"), 409, "plan-void")
        assert service.call("GET", f"/plans/{plan}").json()["status"] == "void"
    assert service.store.list_tasks(cluster) == []


def test_an_approval_names_the_plan_that_was_looked_at(service: Service, cluster: str) -> None:
    """Another digest is refused."""
    plan = propose(service, cluster)["id"]
    check_problem(act(service, plan, "approve", plan="0" * 64), 409, "plan-void")


@pytest.mark.parametrize("damage", ["content", "unpackable", "listing", "pruned"])
def test_a_changed_byte_of_the_bundle_is_noticed(
    service: Service, cluster: str, damage: str
) -> None:
    """Neither approved, nor applied, nor given out."""
    plan = propose(service, cluster)["id"]
    record = service.store.proposal(plan)
    assert record is not None
    assert record.files is not None
    with service.store._writer.begin() as connection:
        tree = service.store.file_tree(record.files)
        [entry] = [one for one in tree.entries if one.path == "bundle/plan.json"]
        body = service.store.file_content(entry.content or "")
        undo = [
            update(contents)
            .where(contents.c.digest == entry.content)
            .values(body=zlib.compress(body, 1)),
            update(file_trees)
            .where(file_trees.c.digest == record.files)
            .values(body=tree.to_json()),
        ]
        row = update(contents).where(contents.c.digest == entry.content)
        if damage == "content":
            connection.execute(row.values(body=zlib.compress(body.replace(b"h1", b"h2") + b" ")))
        elif damage == "unpackable":
            connection.execute(row.values(body=b"x"))
        elif damage == "listing":
            listing = update(file_trees).where(file_trees.c.digest == record.files)
            connection.execute(listing.values(body="[]"))
        else:
            mine = update(proposals).where(proposals.c.id == plan)
            connection.execute(mine.values(files=None, plan=None))
    code = "plan-void" if damage == "pruned" else "plan-damaged"
    try:
        check_problem(act(service, plan, "approve"), 409, code)
        check_problem(act(service, plan, "apply"), 409, code)
        check_problem(service.call("GET", f"/plans/{plan}/bundle"), 409, "plan-damaged")
        assert service.call("GET", f"/plans/{plan}").status_code == 200
    finally:
        with service.store._writer.begin() as connection:
            for one in undo:  # Other plans have the same files.
                connection.execute(one)


def test_an_approval_of_other_digests_does_not_count(service: Service, cluster: str) -> None:
    """Who changes the digests of a plan in the database has no approval for them."""
    with rules(service, required=1):
        plan = propose(service, cluster)["id"]
        assert act(service, plan, "approve").json()["status"] == "approved"
        record = service.store.proposal(plan)
        assert record is not None
        with service.store._writer.begin() as connection:
            changed = '{"document": "' + record.digests["wanted"] + '"'
            text = changed + f', "wanted": "{record.digests["wanted"]}", "previous": ""}}'
            mine = update(proposals).where(proposals.c.id == plan)
            connection.execute(mine.values(digests=text))
        check_problem(act(service, plan, "apply"), 409, "approval-required")


def test_applying_at_the_same_time_makes_one_task(service: Service, cluster: str) -> None:
    """The others hear that the plan is closed."""
    plan = propose(service, cluster)["id"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: act(service, plan, "apply"), range(6)))
    assert sorted(one.status_code for one in answers) == [202] + [409] * 5
    assert len(service.store.list_tasks(cluster)) == 1


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/clusters/{name}/tasks", {}),
        ("POST", "/clusters/{name}/tasks", {"json": {"check": True}}),
        ("POST", "/clusters/{name}/tasks", {"json": {"pipeline": "verify"}}),
        ("DELETE", "/clusters/{name}", {}),
        ("POST", "/clusters", {"yaml": document("new-one")}),
    ],
)
def test_work_without_a_plan_is_refused(
    service: Service, cluster: str, method: str, path: str, sent: dict[str, Any]
) -> None:
    """With the way to get an approval; nothing is stored."""
    with rules(service, required=1):
        answer = service.call(method, path.format(name=cluster), **sent)
        problem = check_problem(answer, 409, "approval-required")
    assert problem["next_steps"][0]["href"] == "/api/v1/plans"
    assert service.store.list_tasks(cluster) == []
    assert service.store.cluster_summary("new-one") is None


def test_checks_of_an_applied_document_need_no_approval(service: Service, cluster: str) -> None:
    """Its commands were approved; those of another document were not."""
    with rules(service, required=1):
        plan = propose(service, cluster)["id"]
        act(service, plan, "approve")
        task = act(service, plan, "apply").json()["task_id"]
        place = f"/clusters/{cluster}/tasks"
        answer = service.call("POST", place, json={"check": True})
        check_problem(answer, 409, "approval-required")
        begin(service, task)
        assert service.call("POST", place, json={"check": True}).status_code == 202
        check_problem(service.call("POST", place), 409, "approval-required")
        service.call("PUT", f"/clusters/{cluster}", yaml=document(cluster, "h2"), If_Match="*")
        answer = service.call("POST", place, json={"check": True})
        check_problem(answer, 409, "approval-required")


def test_checks_with_other_content_than_the_approved_need_approval(
    service: Service, cluster: str
) -> None:
    """Their roles come with the content. Facts are gathered without roles."""
    mine, other = {"archive": "a" * 64}, {"archive": "b" * 64}
    place = f"/clusters/{cluster}"
    with rules(service, required=1):
        plan = propose(service, cluster, content={**mine, "repository": None, "commit": None})["id"]
        act(service, plan, "approve")
        begin(service, act(service, plan, "apply").json()["task_id"])
        for path, sent in (("tasks", {"check": True}), ("tasks", {"pipeline": "verify"})):
            answer = service.call("POST", f"{place}/{path}", json={**sent, "content": other})
            check_problem(answer, 409, "approval-required")
        answer = service.call("POST", f"{place}/drift", json={"content": other})
        check_problem(answer, 409, "approval-required")
        answer = service.call("POST", f"{place}/drift", json={"content": mine})
        assert answer.json()["code"] != "approval-required"
        assert service.call("POST", f"{place}/facts", json={}).status_code == 202


@pytest.mark.parametrize(
    ("asked", "is_same"),
    [
        ({"revision": "c" * 40}, True),
        ({"revision": "main"}, False),
        ({"revision": "c" * 40, "directory": "other"}, False),
        ({"revision": "c" * 40, "url": "https://example.org/other"}, False),
        (None, False),
    ],
)
def test_a_branch_is_not_the_commit_that_was_approved(
    asked: dict[str, str] | None, is_same: bool
) -> None:
    place = {"url": "https://example.org/one", "revision": "main", "directory": ""}
    fetched = ContentSource.model_validate({"repository": place, "commit": "c" * 40})
    other = {"archive": "a" * 64} if asked is None else {"repository": {**place, **asked}}
    assert ContentSource.model_validate(other).has_files_of(fetched) == is_same


def test_a_plan_that_destroys_needs_that_permission(service: Service, cluster: str) -> None:
    """For requesting and for applying it."""
    sent = {"cluster": cluster, "pipeline": "destroy-cluster"}
    answer = service.call("POST", "/plans", token="member", json=sent)
    check_problem(answer, 403, "permission-missing")
    plan = request(service, cluster, "project-owner", pipeline="destroy-cluster")["id"]
    check_problem(act(service, plan, "apply", "member"), 403, "permission-missing")
    assert act(service, plan, "apply").status_code == 202


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (window(-20, -10), 409, "window-over"),
        (window(20, 10), 422, "request-invalid"),
        ({"window": {"from": "2030-01-01T00:00:00"}}, 422, "request-invalid"),
        ({"window": {"until": "2999-01-01T00:00:00"}}, 422, "request-invalid"),
        ({"window": {"until": "tomorrow"}}, 422, "request-invalid"),
    ],
)
def test_a_window_is_in_the_future_and_has_a_zone(
    service: Service, cluster: str, sent: dict[str, Any], status: int, code: str
) -> None:
    """The plan stays as it is."""
    plan = propose(service, cluster)["id"]
    check_problem(act(service, plan, "apply", **sent), status, code)
    assert service.call("GET", f"/plans/{plan}").json()["status"] == "ready"


def test_a_task_waits_for_its_window(service: Service, cluster: str) -> None:
    """It is in the queue when the window begins, and is refused when it is over."""
    windows = PlanWindows(lambda: service.store)
    began, missed, cancelled = (propose(service, cluster)["id"] for _ in range(3))
    made = {}
    for plan in (began, missed, cancelled):
        answer = act(service, plan, "apply", **window(3600, 7200))
        assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
        made[plan] = answer.json()["task_id"]
    windows.run_once()
    queued = {one.task for one in service.store.queued_tasks()}
    assert not queued & set(made.values())
    assert service.call("POST", f"/tasks/{made[cancelled]}/cancel").json()["status"] == "cancelled"
    now = time.time()
    for plan, times in ((began, (now - 1, now + 900)), (missed, (now - 9, now - 1))):
        text = f'{{"from": {times[0]}, "until": {times[1]}}}'
        with service.store._writer.begin() as connection:
            connection.execute(update(proposals).where(proposals.c.id == plan).values(window=text))
    for _ in range(2):
        windows.run_once()
    queued = {one.task for one in service.store.queued_tasks()}
    assert queued & set(made.values()) == {made[began]}
    assert service.store.task(made[began]).status is TaskStatus.QUEUED
    refused = service.call("GET", f"/tasks/{made[missed]}").json()
    assert (refused["status"], refused["problem"]["code"]) == ("refused", "window-over")
    assert service.call("GET", f"/tasks/{made[cancelled]}").json()["status"] == "cancelled"
    with service.store._engine.connect() as connection:
        waits = select(tasks.c.waiting_for).where(tasks.c.id == made[began])
        assert connection.execute(waits).scalar() is None
