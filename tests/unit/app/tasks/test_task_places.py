"""The log says where a task is written in words of the document, not of the bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from worldtree.app.tasks.task_places import Places, TaskPlaces
from worldtree.app.views.tasks import result_view
from worldtree.core.shown_results import ERROR_ORIGIN_KEY
from worldtree.plan.node import Node
from worldtree.results.events import Event, EventKind
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import FailurePlace, HostResult, NodeResult, TaskResult

DOCUMENT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: other}
---
metadata: {name: shop}
spec:
  steps:
    - name: one
      command: {argv: [echo, x]}
    - name: play
      when: x is defined
      postTasks:
        - name: Group
          block:
            - name: Show
              debug:
                msg: "{{ nothing }}"
"""
PLAY = """\
---
- name: p/m/t/play
  hosts: all
  post_tasks:
    - name: Run if the condition is true
      block:
        - name: Group
          block:
            - name: Show
              debug:
                msg: "{{ nothing }}"
      when: x is defined
"""


@pytest.fixture
def places(tmp_path: Path) -> TaskPlaces:
    """The places of a task with two steps."""
    bundle = tmp_path / "bundle"
    for name in ("plays", "rollback", "tasks", "templates"):
        (bundle / name).mkdir(parents=True)
    (bundle / "plays" / "tasks").symlink_to("../tasks")
    (bundle / "plays" / "p.m.t.play.yml").write_text(PLAY)
    for name in ("plays/p.m.t.one.yml", "rollback/p.m.t.one.yml", "t.j2", "templates/t.j2"):
        (bundle / name).write_text("")
    common: dict[str, Any] = {"hosts": ("a",), "host_pattern": "all"}
    nodes = [
        Node(id="p/m/t/one", kind="command", source=("spec", "steps", 0), **common),
        Node(
            id="p/m/t/play",
            kind="play",
            play={"post_tasks": [{"name": "Group", "block": []}]},
            when="x is defined",
            source=("spec", "steps", 1),
            **common,
        ),
    ]
    return TaskPlaces(bundle, {node.id: node for node in nodes}, "shop", DOCUMENT, "shop.yaml")


def found(places: TaskPlaces, step: str, path: str | None, error: str | None = None) -> Places:
    """Return the places of an entry with paths below the bundle."""
    inside = f"{places.bundle}/"
    result = {ERROR_ORIGIN_KEY: inside + error} if error else {}
    return places.of(
        Event(
            kind=EventKind.HOST_TASK_FINISHED,
            time=0,
            node=f"p/m/t/{step}",
            path=None if path is None else inside + path,
            result=result,
        )
    )


@pytest.mark.parametrize(
    ("step", "path", "error", "expected"),
    [
        ("one", "plays/p.m.t.one.yml:3", None, ("shop.yaml:8:7", None)),
        ("one", "rollback/p.m.t.one.yml:3", None, ("shop.yaml:8:7", None)),
        (
            "play",
            "plays/p.m.t.play.yml:9",
            "plays/p.m.t.play.yml:11:22",
            ("shop.yaml:15:15", "shop.yaml:17:22"),
        ),
        ("play", "plays/p.m.t.play.yml:3", None, ("shop.yaml:10:7", None)),
        (
            "one",
            "roles/web/tasks/main.yml:12",
            "roles/web/templates/a.j2:3",
            ("roles/web/tasks/main.yml:12", "roles/web/templates/a.j2:3"),
        ),
        ("play", "plays/tasks/site.yml:2", "templates/t.j2", ("tasks/site.yml:2", "t.j2")),
        ("one", None, None, (None, None)),
    ],
)
def test_places_are_those_of_the_document(
    places: TaskPlaces,
    step: str,
    path: str | None,
    error: str | None,
    expected: tuple[str | None, str | None],
) -> None:
    assert found(places, step, path, error) == expected


def test_without_a_document_the_place_is_in_the_bundle(places: TaskPlaces) -> None:
    places.text = None
    assert found(places, "one", "plays/p.m.t.one.yml:3").task == "plays/p.m.t.one.yml:3"


def test_files_outside_keep_their_path(places: TaskPlaces) -> None:
    entry = Event(kind=EventKind.HOST_TASK_FINISHED, time=0, path="/usr/c/tasks/main.yml:3")
    assert places.of(entry).task == "/usr/c/tasks/main.yml:3"


def test_failures_of_a_result_have_their_places(places: TaskPlaces) -> None:
    """Beside each host that failed; the view for scripts has them for every host."""
    at = f"{places.bundle}/roles/web/tasks/main.yml:12"
    bad = HostResult(status=HostStatus.FAILED, failure=FailurePlace(task=at))
    hosts = {"a": bad, "b": HostResult(status=HostStatus.OK), "c": bad}
    result = TaskResult(
        task_id="t",
        cluster="shop",
        pipeline="p",
        status=TaskStatus.FAILED,
        nodes=(NodeResult(id="p/m/t/one", status=NodeStatus.FAILED, hosts=hosts),),
    )
    found = places.of_failures(result)
    expected = Places("roles/web/tasks/main.yml:12")
    assert found == {("p/m/t/one", "a"): expected, ("p/m/t/one", "c"): expected}
    (node,) = result_view(result, found)["nodes"]
    assert [(host["place"], host["error_place"]) for host in node["hosts"].values()] == [
        ("roles/web/tasks/main.yml:12", None),
        (None, None),
        ("roles/web/tasks/main.yml:12", None),
    ]
