"""How many archives a project may keep: shown, set, refused, and made room for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from unit.api.archive_uploads import packed, upload
from unit.api.service import Service, check_problem, serve
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.service_policy import ServicePolicy


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that takes archives."""
    home = tmp_path_factory.mktemp("quota") / "home"
    with serve(home, policy=ServicePolicy(DocumentPolicy(archives=True))) as found:
        yield found


def test_a_project_keeps_as_many_archives_as_it_may(service: Service) -> None:
    """One too many is refused with what to do; what nothing needs can be deleted at once."""
    call, place = service.call, "/projects/default/archives"
    call("POST", "/archives/prune")
    before = call("GET", place).json()
    assert (before["count"], before["bytes"]) == (500, 2 * 1024**3)
    used = before["used"]["count"]
    first = upload(service, packed({"quota": "1"})).json()
    assert call("GET", place).json()["used"] == {
        "count": used + 1,
        "bytes": before["used"]["bytes"] + first["size"],
    }
    set_ = call("PUT", place, json={"count": used + 1, "bytes": 2**40})
    assert set_.status_code == 200, set_.text
    problem = check_problem(upload(service, packed({"quota": "2"})), 409, "archive-quota-exceeded")
    assert f"{used + 1} archives" in problem["detail"]
    assert "delete archives" in problem["hint"]
    # That it has is not one more.
    assert upload(service, packed({"quota": "1"})).status_code == 200
    call("PUT", place, json={"count": 1000, "bytes": before["used"]["bytes"] + first["size"]})
    check_problem(upload(service, packed({"quota": "2"})), 409, "archive-quota-exceeded")
    assert call("POST", "/archives/prune", json={"older_than": 3600}).json() == {"deleted": 0}
    assert call("POST", "/archives/prune").json() == {"deleted": 1}
    assert upload(service, packed({"quota": "2"})).status_code == 201
    assert call("DELETE", place).json()["count"] == 500
    whats = [one["what"] for one in call("GET", "/audit").json()["items"]]
    assert {"archives-pruned", "archive-quota-set"} <= set(whats)


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("PUT", "/projects/default/archives", {"count": -1, "bytes": 1}),
        ("PUT", "/projects/default/archives", {"count": 1}),
        ("PUT", "/projects/default/archives", {"count": True, "bytes": 1}),
        ("PUT", "/projects/default/archives", {"count": 1, "bytes": 1, "more": 1}),
        ("POST", "/archives/prune", {"older_than": -1}),
        ("POST", "/archives/prune", {"older_than": "day"}),
    ],
)
def test_a_wrong_quota_is_refused(service: Service, method: str, path: str, sent: Any) -> None:
    """With a pointer to the field."""
    problem = check_problem(service.call(method, path, json=sent), 422, "request-invalid")
    assert problem["errors"][0]["pointer"].startswith("#")
