"""Requests with an Idempotency-Key: done once, answered again, never blocked by a death."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from unit.api.service import API, Service, check_problem, document
from unit.store.tasks import queue_task
from worldtree.app.idempotency import KEPT_SECONDS, KeySweep
from worldtree.core.actor import Actor
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.store.access_tables import idempotency_keys
from worldtree.store.idempotency import KeyClaim, working_for
from worldtree.store.schema import tasks

_PLACE = "/clusters/shop/tasks"
#: A process of this machine that is over.
_DEAD = replace(current_process(), started=1)


@pytest.fixture(scope="module", autouse=True)
def _cluster(service: Service) -> None:
    service.store.put_document("shop", document(), None)


#: Who asks where no request does.
_WHO = Actor("token", "admin")


def _count(service: Service) -> int:
    with service.store._engine.connect() as connection:
        return len(connection.execute(select(tasks.c.id)).all())


def _post(service: Service, key: str, **sent: Any) -> httpx2.Response:
    return service.call("POST", _PLACE, Idempotency_Key=key, **sent)


def _claim(service: Service, key: str, process: ProcessIdentity) -> KeyClaim:
    """Begin a request with an empty body, as a service that is then cut off."""
    digest = sha256(f"POST\n{API}{_PLACE}\n\n\n".encode()).hexdigest()
    found = service.store.claim_key(
        "admin", key, digest, process, forgotten=0, may_take_over=lambda _known: False
    )
    assert isinstance(found, KeyClaim)
    return found


def test_a_repeated_request_gets_the_first_answer(service: Service) -> None:
    """Status, body and address are those of the first; nothing is done again."""
    before = _count(service)
    first = _post(service, "again")
    second = _post(service, "again")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert _count(service) == before + 1
    quoted = _post(service, '"again"')
    assert quoted.json() == first.json()


def test_refusals_are_repeated_and_failures_are_not_kept(service: Service) -> None:
    """A refusal is an answer, too; one for lack of rights is judged anew."""
    first = _post(service, "refused", json={"version": 99})
    check_problem(first, 404, "document-version-unknown")
    again = _post(service, "refused", json={"version": 99})
    assert (again.status_code, again.headers["idempotency-replayed"]) == (404, "true")
    assert again.headers["content-type"] == "application/problem+json"
    for _ in range(2):
        answer = _post(service, "viewer", token="viewer")
        check_problem(answer, 403, "permission-missing")
        assert "idempotency-replayed" not in answer.headers


def test_a_key_belongs_to_its_caller(service: Service) -> None:
    """Two users may choose one key."""
    mine = _post(service, "shared", token="admin").json()
    theirs = _post(service, "shared", token="member").json()
    assert mine["task_id"] != theirs["task_id"]


@pytest.mark.parametrize("change", [{"json": {"check": True}}, {"query": "?project=default"}])
def test_another_request_with_the_key_is_refused(service: Service, change: dict[str, Any]) -> None:
    """Body, path and query belong to the request."""
    key = f"changed-{sorted(change)}"
    _post(service, key)
    query = str(change.pop("query", ""))
    answer = service.call("POST", _PLACE + query, Idempotency_Key=key, **change)
    check_problem(answer, 422, "idempotency-key-reused")


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "käse".encode().decode("latin-1")])
def test_a_key_that_cannot_be_read_is_refused(service: Service, key: str) -> None:
    """Visible ASCII characters, and not too many."""
    headers = [(b"Authorization", b"Bearer admin"), (b"Idempotency-Key", key.encode("latin-1"))]
    answer = service.client.post(API + _PLACE, headers=headers)
    check_problem(answer, 400, "idempotency-key-invalid")


@pytest.mark.parametrize("path", ["/users/x/tokens", "/me/sessions", "/login/token"])
def test_addresses_of_secrets_take_no_key(service: Service, path: str) -> None:
    """Their bodies and answers leave no trace, not even a digest."""
    answer = service.call("POST", path, json={"password": "x"}, Idempotency_Key="secret")
    check_problem(answer, 400, "idempotency-key-refused")


def test_a_cluster_may_be_called_like_such_an_address(service: Service) -> None:
    """Only where the address begins with it, it is one."""
    service.store.put_document("users", document("users"), None)
    answer = service.call(
        "POST", "/clusters/users/tasks", json={"pipeline": "verify"}, Idempotency_Key="a-cluster"
    )
    assert answer.status_code == 202, answer.text


def test_without_a_token_nothing_is_kept(service: Service) -> None:
    """Who asks is known before the key is."""
    check_problem(_post(service, "nobody", token=None), 401, "token-missing")


def test_requests_at_the_same_time_make_one_task(service: Service) -> None:
    """One does the work; the others get its answer, or hear that it is at work."""
    before = _count(service)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _post(service, "together"), range(16)))
    assert _count(service) == before + 1
    made = [one for one in answers if one.status_code == 202]
    for one in answers:
        if one not in made:
            check_problem(one, 409, "idempotency-key-in-use")
    assert len({one.json()["task_id"] for one in made}) == 1
    assert len([one for one in made if "idempotency-replayed" not in one.headers]) == 1


def test_the_first_one_at_work_is_said(service: Service) -> None:
    """While its process lives, and is not slow beyond measure, the key is in use."""
    _claim(service, "running", current_process())
    check_problem(_post(service, "running"), 409, "idempotency-key-in-use")


def test_the_key_of_a_dead_service_is_free(service: Service) -> None:
    """Nothing was made: the work is done now, once."""
    _claim(service, "dead", _DEAD)
    before = _count(service)
    answer = _post(service, "dead")
    assert (answer.status_code, _count(service)) == (202, before + 1)
    assert "idempotency-replayed" not in answer.headers


def test_a_service_that_dies_before_its_answer_has_made_one_task(service: Service) -> None:
    """What it made was noted in the same transaction: the answer is made from that."""
    made = _post(service, "model").json()
    claim = _claim(service, "cut-off", _DEAD)
    work = {"kind": "resume", "request": {"task": made["task_id"]}}
    store = service.store
    store.cancel_queued(made["task_id"], "test", "test")
    with working_for(claim):
        assert store.enqueue_work(made["task_id"], work, actor=_WHO)
    before = _count(service)
    for _ in range(2):
        answer = _post(service, "cut-off")
        assert answer.status_code == 202, answer.text
        assert answer.json()["task_id"] == made["task_id"]
        assert answer.headers["location"].endswith(made["task_id"])
        assert answer.headers["idempotency-replayed"] == "true"
    assert _count(service) == before


def test_a_slow_request_whose_key_was_taken_over_makes_nothing(service: Service) -> None:
    """Its transaction is undone when it wakes up."""
    claim = _claim(service, "slow", current_process())
    long_ago = time.time() - 1000
    with service.store._writer.begin() as connection:
        row = update(idempotency_keys).where(idempotency_keys.c.key == "slow")
        connection.execute(row.values(created=long_ago))
    slow = KeyClaim(claim.principal, claim.key, long_ago)
    first = _post(service, "slow")
    assert first.status_code == 202
    before = _count(service)
    with pytest.raises(Exception, match="taken over"), working_for(slow):
        queue_task(service.store, "late", command="verify")
    assert _count(service) == before
    assert not service.store.finish_key(slow, 500, {}, b"")
    assert _post(service, "slow").json() == first.json()


def test_a_cluster_whose_creation_was_cut_off_is_created(service: Service) -> None:
    """The document was stored, and no task asked for: the repeated request goes on from there."""
    body = document("cut")
    sent = {"yaml": body, "Idempotency_Key": "create"}
    service.store.put_document("cut", body, None)
    check_problem(service.call("POST", "/clusters", yaml=body), 409, "cluster-exists")
    digest = sha256(
        f"POST\n{API}/clusters\n\napplication/yaml".encode() + b"\n" + body.encode()
    ).hexdigest()
    service.store.claim_key(
        "admin", "create", digest, _DEAD, forgotten=0, may_take_over=lambda _known: False
    )
    first = service.call("POST", "/clusters", **sent)
    assert first.status_code == 202, first.text
    again = service.call("POST", "/clusters", **sent)
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])


def test_keys_are_forgotten_after_a_day(service: Service) -> None:
    """An old key counts as new, and the sweep deletes what is old."""
    first = _post(service, "old").json()
    with service.store._writer.begin() as connection:
        old = time.time() - KEPT_SECONDS - 1
        rows = idempotency_keys.c.key.in_(["old", "again"])
        connection.execute(update(idempotency_keys).where(rows).values(created=old))
    assert _post(service, "old").json()["task_id"] != first["task_id"]
    KeySweep(lambda: service.store).run_once()
    with service.store._engine.connect() as connection:
        left = connection.execute(select(idempotency_keys.c.key)).scalars().all()
    assert "again" not in left
    assert "old" in left
