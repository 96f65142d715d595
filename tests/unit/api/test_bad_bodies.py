"""Bad bodies of schedules, blackouts and channels: each place that is wrong has a pointer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.api.service import Service, check_problem, document, serve

CASES = yaml.safe_load((Path(__file__).parent / "cases/bad_bodies.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serve(tmp_path_factory.mktemp("bodies") / "home") as found:
        found.store.put_document("shop", document(), None)
        yield found


def follow(body: Any, pointer: str) -> Any:
    """Return what a pointer leads to; raises ``LookupError``."""
    for step in pointer.split("/")[1:]:
        body = body[int(step) if isinstance(body, list) else step]
    return body


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_bad_body(service: Service, number: int) -> None:
    """Every wrong place is named at once, and nothing of a secret is repeated."""
    case = CASES[number]
    answer = service.call("POST", case["to"], json=case["body"])
    found = answer.json()
    assert found["code"] in ("request-invalid", "input-invalid"), found
    check_problem(answer, 422, found["code"])
    errors = [one for one in found["errors"] if one["severity"] == "error"]
    assert {one["pointer"]: one["slug"] for one in errors} == case["errors"], found
    assert len(errors) == len(case["errors"])
    for one in errors:
        try:
            follow(case["body"], one["pointer"])
        except KeyError:  # A key that is missing there.
            assert isinstance(follow(case["body"], one["pointer"].rpartition("/")[0]), dict)
    for words in case.get("says", ()):
        assert words in answer.text.replace('\\"', '"')
    assert "canary" not in answer.text
    store = service.store
    assert [*store.list_schedules(), *store.list_blackouts(), *store.list_channels()] == []
