"""Documents through the API: create, change, versions, ETags."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from unit.api.service import API, Service, check_problem, document

_NUMBERS = count()


@pytest.fixture
def name(service: Service) -> str:
    """The name of a new cluster with a document."""
    found = f"c{next(_NUMBERS)}"
    service.store.put_document(found, document(found), None)
    return found


def test_a_new_cluster_gets_a_task_at_once(service: Service) -> None:
    """The document is stored as it was sent, and the answer has the address of the task."""
    answer = service.call("POST", "/clusters", yaml=document("first"))
    assert answer.status_code == 202
    task = answer.json()["task_id"]
    assert answer.headers["location"] == f"{API}/tasks/{task}"
    found = service.client.get(
        answer.headers["location"], headers={"Authorization": "Bearer viewer"}
    ).json()
    assert (found["task_id"], found["status"], found["command"]) == (task, "queued", "apply")
    assert found["actor"]["name"] == "admin"
    [row] = [one for one in service.store.queued_tasks() if one.task == task]
    digest = row.request["request"]["stored_document"]
    assert service.store.document(digest).body == document("first")
    assert answer.headers["etag"] == f'"{digest}"'
    again = service.call("POST", "/clusters", yaml=document("first", "h9"))
    check_problem(again, 409, "cluster-exists")


def test_a_document_may_be_json(service: Service) -> None:
    """JSON is stored as it was sent, so that places of later errors are those of the caller."""
    data = {
        "apiVersion": "worldtree.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "in-json"},
        "spec": {"hosts": [{"name": "h1", "address": "10.0.0.1"}]},
    }
    data["spec"]["modules"] = [  # type: ignore[index]
        {"name": "app", "tasks": [{"name": "a", "steps": [{"command": {"argv": ["true"]}}]}]}
    ]
    text = json.dumps(data)
    answer = service.call("POST", "/clusters", body=text, Content_Type="application/json")
    assert answer.status_code == 202, answer.text
    assert service.call("GET", "/clusters/in-json/documents/1").json()["body"] == text
    tabs = json.dumps(
        {**data, "metadata": {"name": "tabs", "labels": {"a": "\u00e9"}}}, indent="\t"
    )
    answer = service.call("POST", "/validate", body=tabs, Content_Type="application/json")
    [found] = answer.json()["items"]
    assert (found["slug"], answer.json()["valid"]) == ("bad-name", False), found


def test_a_change_names_what_it_replaces(service: Service, name: str) -> None:
    """PUT with the ETag that was read stores a version; without it, and with an old one, not."""
    before = service.call("GET", f"/clusters/{name}").headers["etag"]
    place, new = f"/clusters/{name}", document(name, "h2")
    problem = check_problem(service.call("PUT", place, yaml=new), 428, "precondition-missing")
    assert "If-Match" in problem["hint"]
    stored = service.call("PUT", place, yaml=new, If_Match=before)
    assert (stored.status_code, stored.json()["version"]) == (200, 2)
    assert "body" not in stored.json()
    stale = service.call("PUT", place, yaml=document(name, "h3"), If_Match=before)
    check_problem(stale, 412, "document-changed")
    for wrong in ('W/"' + stored.headers["etag"].strip('"') + '"', "nonsense", '""'):
        answer = service.call("PUT", place, yaml=document(name, "h3"), If_Match=wrong)
        check_problem(answer, 412, "document-changed")
    several = f'"x", {stored.headers["etag"]}'
    assert service.call("PUT", place, yaml=new, If_Match=several).status_code == 200
    assert service.call("PUT", place, yaml=new, If_Match="*").status_code == 200


def test_the_first_document_needs_no_etag(service: Service) -> None:
    """PUT creates a cluster; an ETag then is one of a document that is not there."""
    answer = service.call("PUT", "/clusters/by-put", yaml=document("by-put"), If_Match="*")
    check_problem(answer, 412, "document-changed")
    assert service.call("GET", "/clusters/by-put").status_code == 404
    answer = service.call("PUT", "/clusters/by-put", yaml=document("by-put"))
    assert (answer.status_code, answer.json()["version"]) == (201, 1)
    found = service.call("GET", "/clusters/by-put").json()
    assert found["newest_task"] is None
    assert found["document"] == {"digest": answer.json()["digest"], "version": 1}


def test_of_concurrent_changes_one_is_stored(service: Service, name: str) -> None:
    """Of requests that all replace the same document, one succeeds and the others get 412."""
    before = service.call("GET", f"/clusters/{name}").headers["etag"]

    def put(number: int) -> int:
        text = document(name, f"h{number}")
        return service.call("PUT", f"/clusters/{name}", yaml=text, If_Match=before).status_code

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(put, range(8, 16)))
    assert found == [200, *[412] * 7]
    assert service.call("GET", f"/clusters/{name}").json()["document"]["version"] == 2


def test_a_document_of_another_cluster_is_refused(service: Service, name: str) -> None:
    """The name in the document and that in the address are the same."""
    answer = service.call("PUT", f"/clusters/{name}", yaml=document("else"), If_Match="*")
    check_problem(answer, 422, "cluster-name-mismatch")


def test_a_patch_changes_what_it_names(service: Service, name: str) -> None:
    """A merge patch sets and removes keys; the result is checked as a whole document."""
    place = f"/clusters/{name}"
    patch = {"metadata": {"labels": {"env": "test"}}}
    answer = service.call(
        "PATCH", place, body=json.dumps(patch), Content_Type="application/merge-patch+json"
    )
    assert answer.json()["version"] == 2
    assert "env: test" in service.store.wanted_document(name).body  # type: ignore[union-attr]
    answer = service.call("PATCH", place, json={"spec": {"hosts": None}})
    check_problem(answer, 422, "input-invalid")
    answer = service.call("PATCH", place, json={"metadata": {"name": "renamed"}})
    check_problem(answer, 422, "cluster-name-mismatch")
    answer = service.call("PATCH", place, json={"metadata": {"labels": None}}, If_Match='"old"')
    check_problem(answer, 412, "document-changed")
    for body in ("[]", "7", "null", "{", '{"a":' * 80 + "1" + "}" * 80, "[" * 5000):
        answer = service.call("PATCH", place, body=body, Content_Type="application/json")
        check_problem(answer, 422, "input-invalid")


def test_tags_survive_a_patch(service: Service) -> None:
    """Text that must never be a template stays such text."""
    text = document("tagged") + "  vars:\n    a: !unsafe '{{ x }}'\n"
    assert service.call("PUT", "/clusters/tagged", yaml=text).status_code == 201
    answer = service.call("PATCH", "/clusters/tagged", json={"metadata": {"labels": {"a": "b"}}})
    assert answer.status_code == 200, answer.text
    assert "a: !unsafe" in service.store.wanted_document("tagged").body  # type: ignore[union-attr]


def test_versions_and_their_difference(service: Service, name: str) -> None:
    """Versions are listed without texts, read as JSON or YAML, and compared."""
    for host in ("h2", "h3"):
        service.call("PUT", f"/clusters/{name}", yaml=document(name, host), If_Match="*")
    page = service.call("GET", f"/clusters/{name}/documents?limit=2").json()
    assert [one["version"] for one in page["items"]] == [3, 2]
    assert set(page["items"][0]) == {"digest", "version", "created"}
    rest = service.call("GET", f"/clusters/{name}/documents?cursor={page['next']}").json()
    assert ([one["version"] for one in rest["items"]], rest["next"]) == ([1], None)
    path = f"/clusters/{name}/documents?limit=2&sort=version"
    page = service.call("GET", path).json()
    rest = service.call("GET", f"{path}&cursor={page['next']}").json()
    assert [one["version"] for one in page["items"] + rest["items"]] == [1, 2, 3]
    check_problem(service.call("GET", f"{path}&cursor=WzFd"), 422, "cursor-invalid")
    difference = service.call("GET", f"/clusters/{name}/documents/diff?from=1&to=3").text
    assert "-    - name: h1" in difference
    assert "+    - name: h3" in difference
    answer = service.call("GET", f"/clusters/{name}/documents/2", Accept="application/yaml")
    assert answer.text == document(name, "h2")
    assert answer.headers["content-type"].startswith("application/yaml")
    tag = answer.headers["etag"]
    fresh = service.call("GET", f"/clusters/{name}/documents/2", If_None_Match=tag)
    assert (fresh.status_code, fresh.content) == (304, b"")
    answer = service.call("GET", f"/clusters/{name}/documents/9")
    check_problem(answer, 404, "document-version-unknown")


def test_a_cluster_without_a_document_says_so(service: Service) -> None:
    """A cluster that only the command line knows has no document here, and can get one."""
    from unit.store.tasks import run_task

    cluster = run_task(service.store).cluster
    answer = service.call("POST", f"/clusters/{cluster}/tasks")
    check_problem(answer, 409, "document-missing")
    answer = service.call("PATCH", f"/clusters/{cluster}", json={})
    check_problem(answer, 409, "document-missing")
    assert service.call("GET", f"/clusters/{cluster}").json()["document"] is None
    assert service.call("DELETE", f"/clusters/{cluster}").status_code == 409
    answer = service.call("POST", "/clusters", yaml=document(cluster))
    assert answer.status_code == 202


def test_clusters_are_listed_by_name(service: Service) -> None:
    """Pages go through all names once, in order, without texts."""
    for number in range(5):
        service.store.put_document(f"z-{number}", document(f"z-{number}"), None)
    names: list[str] = []
    cursor = ""
    while True:
        page = service.call("GET", f"/clusters?limit=3{cursor}").json()
        names += [one["name"] for one in page["items"]]
        assert "hosts:" not in json.dumps(page)
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert names == sorted(set(names))
    assert {f"z-{number}" for number in range(5)} <= set(names)
    for order, key in (("-name", "name"), ("created", "created"), ("-created", "created")):
        first = service.call("GET", f"/clusters?limit=3&sort={order}").json()
        path = f"/clusters?limit=200&sort={order}&cursor={first['next']}"
        items = first["items"] + service.call("GET", path).json()["items"]
        assert {one["name"] for one in items} == set(names)
        values = [one[key] for one in items]
        assert values == sorted(values, reverse=order.startswith("-"))


def test_validation_lists_everything_and_stores_nothing(service: Service) -> None:
    """A document with errors is an answer, not an error; nothing of it is kept."""
    bad = document("unkept").replace("address: 10.0.0.1", "port: high")
    answer = service.call("POST", "/validate", yaml=bad)
    assert answer.status_code == 200
    found = answer.json()
    assert not found["valid"]
    assert all(one["line"] for one in found["items"])
    assert service.call("POST", "/validate", yaml=document("unkept")).json()["valid"]
    assert service.call("GET", "/clusters/unkept").status_code == 404
