"""Keys of repeated requests: a request with a key does its work once, and its answer is kept.

A claim on a key belongs to one process, and ``created`` is its fence: who takes a key over writes
another time, after which nothing of the first claim can be committed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import ProcessIdentity
from worldtree.store.access_tables import idempotency_keys as keys
from worldtree.store.base import StorePart
from worldtree.store.upsert import insert_if_new


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """The right of one request to do the work of a key."""

    principal: str
    key: str
    #: UTC epoch seconds; unique for the claims on one key.
    created: float
    #: Whether an earlier request with the key ended without an answer.
    is_retaken: bool = False


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that a request used before."""

    #: sha256 of the request.
    request: str
    created: float
    #: Of the answer; None while there is none.
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    #: The process that works on the request; None where none does.
    process: ProcessIdentity | None
    #: What the request made: ``task`` or ``plan`` -> id; None where nothing is known.
    outcome: Mapping[str, str] | None


#: The claim of the request that the calling code works for.
_CLAIM: ContextVar[KeyClaim | None] = ContextVar("idempotency-claim", default=None)


@contextmanager
def working_for(claim: KeyClaim) -> Iterator[None]:
    """Note what is made inside the block as the outcome of ``claim``."""
    before = _CLAIM.set(claim)
    try:
        yield
    finally:
        _CLAIM.reset(before)


def is_repeated() -> bool:
    """Whether the calling code works for a request that was begun before, and cut off."""
    claim = _CLAIM.get()
    return claim is not None and claim.is_retaken


def note_outcome(connection: Connection, outcome: Mapping[str, str]) -> None:
    """Note what the request made, in the transaction that makes it.

    Without a claim this does nothing. Raises ``RefusedError``, by which the transaction is undone,
    when another request has taken over the key.
    """
    claim = _CLAIM.get()
    if claim is None:
        return
    query = update(keys).where(*_of(claim), keys.c.status.is_(None))
    if not connection.execute(query.values(outcome=json.dumps(dict(outcome)))).rowcount:
        raise RefusedError(
            "another request with this Idempotency-Key has taken over the work",
            code="idempotency-key-in-use",
            hint="send the request again for its answer",
        )


class IdempotencyKeys(StorePart):
    """Claims keys and keeps answers; keys belong to principals, not to projects."""

    def claim_key(
        self,
        principal: str,
        key: str,
        request: str,
        process: ProcessIdentity,
        *,
        forgotten: float,
        may_take_over: Callable[[KnownKey], bool],
    ) -> KeyClaim | KnownKey:
        """Claim a key for ``process``, or return the known one.

        A key from before ``forgotten`` (UTC epoch seconds) counts as new. ``may_take_over`` says of
        a known key for the same request without an answer and without an outcome whether its
        request is over. Of several callers one gets the claim.
        """
        row = {"principal": principal, "key": key}
        same = (keys.c.principal == principal, keys.c.key == key)
        with self._writer.begin() as connection:
            now = time.time()
            new = {**row, "request": request, "created": now, "process": process.to_json()}
            found = None
            while found is None:  # Another one may release its key between the two statements.
                if insert_if_new(connection, keys, new):
                    return KeyClaim(principal, key, now)
                query = select(keys).where(*same).with_for_update()
                found = connection.execute(query).one_or_none()
            known = _known_key(found)
            is_old = known.created < forgotten
            if not is_old:
                is_over = known.request == request and known.status is None and not known.outcome
                if not (is_over and may_take_over(known)):
                    return known
            empty = {"status": None, "headers": None, "body": None, "outcome": None}
            # Clocks may go back, and the fence must be another one.
            created = max(now, known.created + 0.001)
            values = {**new, **empty, "created": created}
            connection.execute(update(keys).where(*same).values(values))
        return KeyClaim(principal, key, created, is_retaken=not is_old)

    def finish_key(
        self, claim: KeyClaim, status: int, headers: Mapping[str, str], body: bytes
    ) -> bool:
        """Keep the answer of a request; return False if another one has taken over the key."""
        values = {"status": status, "headers": json.dumps(dict(headers)), "body": body}
        query = update(keys).where(*_of(claim)).values({**values, "process": None})
        with self._writer.begin() as connection:
            return bool(connection.execute(query).rowcount)

    def release_key(self, claim: KeyClaim) -> None:
        """Let another request have the key; what this one made stays its outcome."""
        with self._writer.begin() as connection:
            connection.execute(delete(keys).where(*_of(claim), keys.c.outcome.is_(None)))
            connection.execute(update(keys).where(*_of(claim)).values(process=None))

    def delete_old_keys(self, before: float) -> int:
        """Delete the keys from before (UTC epoch seconds); return how many there were."""
        with self._writer.begin() as connection:
            return connection.execute(delete(keys).where(keys.c.created < before)).rowcount


def _of(claim: KeyClaim) -> tuple[Any, ...]:
    return (
        keys.c.principal == claim.principal,
        keys.c.key == claim.key,
        keys.c.created == claim.created,
    )


def _known_key(row: Any) -> KnownKey:
    return KnownKey(
        row.request,
        row.created,
        row.status,
        {} if row.headers is None else json.loads(row.headers),
        b"" if row.body is None else bytes(row.body),
        None if row.process is None else ProcessIdentity.from_json(row.process),
        None if row.outcome is None else json.loads(row.outcome),
    )
