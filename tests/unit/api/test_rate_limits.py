"""Limits of requests: per user, with headers; refused tokens per address."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from unit.api.service import Service, check_problem, serve

_QUOTA = 5


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that allows few requests."""
    home = tmp_path_factory.mktemp("limited") / "home"
    with serve(home, max_requests=_QUOTA, max_failures=2) as found:
        yield found


def test_each_answer_says_what_is_left(limited: Service) -> None:
    """After the last request: 429 with the seconds to wait; other users are not concerned."""
    left = []
    for _ in range(_QUOTA):
        answer = limited.call("GET", "/tasks", token="member")
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == f'"requests";q={_QUOTA};w=60'
        found = re.fullmatch(r'"requests";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
        assert found is not None
        left.append(int(found[1]))
        assert 1 <= int(found[2]) <= 120
    assert left == sorted(left, reverse=True)
    answer = limited.call("GET", "/tasks", token="member")
    check_problem(answer, 429, "rate-limited")
    assert int(answer.headers["retry-after"]) >= 1
    assert '"requests";r=0;' in answer.headers["ratelimit"]
    assert limited.call("GET", "/tasks", token="viewer").status_code == 200


def test_two_tokens_of_a_user_share_a_limit(limited: Service) -> None:
    """Who creates more tokens gets no more requests."""
    tokens = ["project-owner", "owner-again"] * _QUOTA
    codes = [limited.call("GET", "/clusters", token=one).status_code for one in tokens]
    assert codes.count(200) == _QUOTA


def test_a_request_with_a_key_counts_once(limited: Service) -> None:
    """It is authenticated before its key is looked at, and not again."""
    for number in range(_QUOTA):
        answer = limited.call(
            "POST", "/clusters/absent/tasks", token="admin", Idempotency_Key=f"k{number}"
        )
        check_problem(answer, 404, "cluster-unknown")
    answer = limited.call("POST", "/clusters/absent/tasks", token="admin", Idempotency_Key="more")
    check_problem(answer, 429, "rate-limited")
    assert "retry-after" in answer.headers


def test_many_refused_tokens_are_refused_sooner(limited: Service) -> None:
    """A valid token of the same address is not."""
    codes = [limited.call("GET", "/tasks", token="wrong").status_code for _ in range(4)]
    assert codes == [401, 401, 429, 429]
    assert limited.call("GET", "/tasks", token="everywhere").status_code == 200


def test_without_a_limit_there_are_no_headers(service: Service) -> None:
    """Health is never counted."""
    assert "ratelimit" not in service.call("GET", "/tasks").headers
    assert "ratelimit" not in service.call("GET", "/livez", token=None).headers
