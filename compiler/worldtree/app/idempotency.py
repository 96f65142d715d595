"""Requests with an Idempotency-Key: their work is done once, and their answers are repeated."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from worldtree.app.permission_checks import unknown_project
from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import current_process, is_dead
from worldtree.store.idempotency import KeyClaim, KnownKey, working_for

if TYPE_CHECKING:
    from worldtree.store.store import Store, TaskRecord

__all__ = ["IdempotencyService", "KeyClaim", "KeySweep", "KnownKey"]

#: Seconds for which a key and its answer are kept.
KEPT_SECONDS = 86_400.0
#: Seconds after which a request without an answer counts as over, where its process cannot be
#: proven dead. A request takes a minute or two at most, and what it commits later is refused.
_MAX_REQUEST_SECONDS = 300.0


class IdempotencyService:
    """Claims keys for requests of the calling process."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def claim(self, principal: str, key: str, request: str) -> KeyClaim | KnownKey:
        """Claim a key for a request (its sha256), or return what is known of its first one.

        That has an answer, or an outcome where its answer was lost. Raises ``RefusedError`` while
        the first one is at work, and for another request.
        """
        found = self._store().claim_key(
            principal,
            key,
            request,
            current_process(),
            forgotten=time.time() - KEPT_SECONDS,
            may_take_over=_is_over,
        )
        if isinstance(found, KeyClaim):
            return found
        if found.request != request:
            raise RefusedError(
                "the Idempotency-Key was used for another request",
                code="idempotency-key-reused",
                hint="choose a new key for each request, such as a random UUID",
            )
        if found.status is None and not (found.outcome and _is_over(found)):
            raise RefusedError(
                "the first request with this Idempotency-Key is not finished",
                code="idempotency-key-in-use",
                hint="send it again in a few seconds",
            )
        return found

    def working_for(self, claim: KeyClaim) -> AbstractContextManager[None]:
        """Note tasks and plans that are made inside the block as the outcome of ``claim``."""
        return working_for(claim)

    def finish(self, claim: KeyClaim, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep the answer of a request."""
        self._store().finish_key(claim, status, headers, body)

    def release(self, claim: KeyClaim) -> None:
        """Let another request have the key."""
        self._store().release_key(claim)

    def task(self, project: str, task: str) -> TaskRecord:
        """Return a task that a request made in the project called ``project``."""
        store = self._store()
        found = store.find_project(project)
        if found is None:
            raise unknown_project(project)
        return store.of_project(found.id).task(task)


class KeySweep:
    """Deletes keys that are kept no more; a duty of the worker."""

    name = "sweep of idempotency keys"
    interval = 600.0

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def run_once(self) -> None:
        """Delete what is old now."""
        self._store().delete_old_keys(time.time() - KEPT_SECONDS)


def _is_over(known: KnownKey) -> bool:
    """Whether the request of a key without an answer is over."""
    process = known.process
    return process is None or is_dead(process) or time.time() - known.created > _MAX_REQUEST_SECONDS
