"""The policy of a project by API: within what the operator allows, and with ETags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from unit.api.service import Service, check_problem, document, serve
from worldtree.app.approvals.approved_runs import ApprovedRuns
from worldtree.app.approvals.plans import PlanService, plan_task_request
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.ports import Ports
from worldtree.core.errors import RefusedError
from worldtree.core.settings import Settings

PLACE = "/projects/default/policy"
LIMIT = DocumentPolicy(
    local_work=True,
    lookups=frozenset({"dict"}),
    secrets={"env": ("CI_TOKEN",), "vault": ("kv/teams/",)},
    repositories=frozenset({"https://git.example/"}),
    worker_tags=frozenset({"one", "two"}),
)
LOCAL = document("local").replace("      address: 10.0.0.1\n", "      connection: local\n")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that allows nothing by default, and projects a little."""
    home = tmp_path_factory.mktemp("service") / "home"
    with serve(home, policy=ServicePolicy(maximum=LIMIT)) as found:
        yield found


@pytest.fixture(autouse=True)
def _without_policy(service: Service) -> None:
    service.call("DELETE", PLACE, If_Match="*")


def _put(service: Service, token: str = "admin", **policy: Any) -> Any:
    return service.call("PUT", PLACE, token=token, json=policy, If_Match="*")


def test_a_policy_is_set_read_and_removed(service: Service) -> None:
    """Each state has an ETag, and a change needs that of the state before."""
    before = service.call("GET", PLACE)
    assert before.json()["policy"] is None
    assert before.json()["effective"]["local_work"] is False
    assert before.json()["maximum"]["local_work"] is True
    made = service.call("PUT", PLACE, token="project-owner", json={"local_work": True})
    assert made.status_code == 200
    assert made.json()["policy"]["local_work"] is made.json()["effective"]["local_work"] is True
    check_problem(service.call("PUT", PLACE, json={}), 428, "precondition-missing")
    tag = before.headers["etag"]
    check_problem(service.call("PUT", PLACE, json={}, If_Match=tag), 412, "policy-changed")
    check_problem(service.call("DELETE", PLACE, If_Match=tag), 412, "policy-changed")
    gone = service.call("DELETE", PLACE, If_Match=made.headers["etag"])
    assert (gone.json(), gone.headers["etag"]) == (before.json(), tag)
    audit = service.call("GET", "/audit").json()["items"]
    assert [one["what"] for one in audit[:2]] == ["policy-changed"] * 2
    digest = made.headers["etag"].strip('"')
    assert audit[1]["detail"] == f"local_work; digest {digest}"
    assert audit[1]["who"].startswith("project-owner")


def test_a_policy_says_what_documents_may_do(service: Service) -> None:
    """A document is judged by the policy of its project when it is stored and read."""
    refused = service.call("POST", "/validate", yaml=LOCAL).json()
    assert {one["slug"] for one in refused["items"]} == {"policy-local-work"}
    assert service.call("PUT", "/clusters/local", yaml=LOCAL).status_code == 422
    assert _put(service, local_work=True).status_code == 200
    assert service.call("POST", "/validate", yaml=LOCAL).json()["valid"]
    assert service.call("PUT", "/clusters/local", yaml=LOCAL).status_code == 201
    # Another project has none of it.
    other = service.call("POST", "/validate?project=other", token="everywhere", yaml=LOCAL)
    assert not other.json()["valid"]


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        ({"local_files": True}, "`local_files`"),
        ({"lookups": ["dict", "pipe"]}, "`lookups`"),
        ({"secrets": {"vault": ["kv/"]}}, "`secrets`"),
        ({"secrets": {"vault": ["*"]}}, "`secrets`"),
        ({"secrets": {"file": ["/"]}}, "`secrets`"),
        ({"repositories": ["https://git.example"]}, "`repositories`"),
        ({"repositories": ["https://git.example.org/"]}, "`repositories`"),
        ({"worker_tags": ["one", "three"]}, "`worker_tags`"),
        ({"archives": True, "inventories": True}, "`inventories`, `archives`"),
    ],
)
def test_a_policy_allows_no_more_than_the_operator(
    service: Service, policy: dict[str, Any], names: str
) -> None:
    """Every setting that exceeds is named, and nothing is changed."""
    answer = _put(service, worker_tags=policy.pop("worker_tags", ["one"]), **policy)
    assert check_problem(answer, 403, "policy-exceeds")["detail"].endswith(names)
    assert service.call("GET", PLACE).json()["policy"] is None


def test_a_provider_without_prefixes_allows_nothing(service: Service) -> None:
    """It is no more than the operator allows, also of a provider that is unknown to them."""
    answer = _put(service, secrets={"vault": [], "file": []}, worker_tags=["one"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["policy"]["secrets"] == {}


@pytest.mark.parametrize(
    "policy",
    [
        {"secrets": {"vault": ["kv/teams/shop/", "kv/teams/x#password"], "env": ["CI_TOKEN"]}},
        {"repositories": ["https://git.example/team/roles.git", "https://git.example/"]},
        {"lookups": ["dict"], "local_work": True},
    ],
)
def test_a_policy_allows_parts_of_what_the_operator_does(
    service: Service, policy: dict[str, Any]
) -> None:
    """Prefixes below those of the operator are parts of them."""
    answer = _put(service, worker_tags=["two"], **policy)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert {name: found["effective"][name] for name in policy} == {
        name: sorted(value) if isinstance(value, list) else value for name, value in policy.items()
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"local_wrok": True}, "request-invalid"),
        ({"lookups": "dict"}, "request-invalid"),
        ({"lookups": [""]}, "request-invalid"),
        ({"secrets": {"env": [1]}}, "request-invalid"),
        ({"worker_tags": ["A B"]}, "worker-tag-invalid"),
        ({"worker_tags": []}, "request-invalid"),
        ({"secrets": {"vault": [f"kv/teams/{n:0400}" for n in range(200)]}}, "policy-too-large"),
    ],
)
def test_bad_policies_are_refused(service: Service, body: dict[str, Any], code: str) -> None:
    """The answer says what is wrong."""
    check_problem(service.call("PUT", PLACE, json=body), 422, code)


def test_a_withdrawn_policy_voids_a_plan(service: Service) -> None:
    """When it is applied and when its task starts; a policy that allows more does not."""
    _put(service, local_work=True)
    service.call("PUT", "/clusters/kept", yaml=LOCAL.replace("name: local", "name: kept"))
    made = service.call("POST", "/plans", json={"cluster": "kept"})
    assert made.status_code == 201
    store, plan = service.store, made.json()
    record = store.proposal(plan["id"])
    assert record is not None
    assert record.plan is not None
    for name, request in {"narrow": record.request, "old": _without(record.request)}.items():
        store.add_proposal(
            name,
            store.plan(record.plan),
            actor=record.actor,
            request=request,
            digests=record.digests,
            files=record.files or "",
        )
    _put(service, local_work=True, lookups=["dict"], worker_tags=["one"])
    assert service.call("GET", f"/plans/{plan['id']}").json()["changes"] == []
    assert service.call("POST", f"/plans/{plan['id']}/apply", json={}).status_code == 202
    policy = ServicePolicy(maximum=LIMIT)
    ports = Ports({}, store.home, lambda _process: None, record.actor, policy=policy)
    runs = ApprovedRuns(Settings(store.home), ports, lambda: store)
    with runs.prepared(plan["id"], plan_task_request(record)) as prepared:
        assert prepared.guard is not None
        prepared.guard(store)
        _put(service, lookups=["dict"])
        # Between the first check and the moment in which the task holds its cluster.
        with pytest.raises(RefusedError, match=r"policy: .*: `local_work`"):
            prepared.guard(store)
    with (
        pytest.raises(RefusedError, match="`local_work`"),
        runs.prepared(plan["id"], plan_task_request(record)),
    ):
        pass
    assert service.call("GET", f"/plans/{plan['id']}").json()["status"] == "void"
    # A terminal does not know what the operator allows, and voids nothing for that.
    owner = PlanService(
        Settings(store.home), replace(ports, policy=None), lambda: store, _no_content
    )
    assert owner.view("narrow")["changes"] == []
    problem = check_problem(service.call("POST", "/plans/narrow/apply", json={}), 409, "plan-void")
    assert "`local_work`" in problem["detail"]
    # A plan of an earlier version says nothing of its policy.
    assert service.call("GET", "/plans/old").json()["changes"] == []


def _no_content() -> NoReturn:
    raise AssertionError("the plan is there already")


def _without(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "policy"}


def test_what_the_operator_takes_back_is_not_in_effect(service: Service) -> None:
    """A stored policy gives no more than the operator allows by now."""
    _put(service, local_work=True, worker_tags=["one"])
    settings = service.store.project_settings()
    now = ServicePolicy(maximum=DocumentPolicy(worker_tags=frozenset({"two"})))
    assert now.of_project(settings) == DocumentPolicy(worker_tags=frozenset())
    assert ServicePolicy(DocumentPolicy(local_files=True)).of_project({}).local_files
