"""Limits of requests per user, and of refused tokens per address, with their headers.

The headers are those of the draft of the IETF: `RateLimit-Policy` says the limit, `RateLimit` what
is left of it. Counts are those of one process, and are gone when it ends.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worldtree.api.client_address import client_address
from worldtree.core.errors import RefusedError

_STATE = "rate_limit"
_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class RateState:
    """What is left of a limit."""

    #: Name, and requests in a window.
    policy: str
    quota: int
    remaining: int
    #: Seconds until there is more.
    reset: int

    def headers(self, *, is_refused: bool) -> Iterable[tuple[bytes, bytes]]:
        """Yield the headers of an answer."""
        policy = f'"{self.policy}";q={self.quota};w={_WINDOW_SECONDS}'
        yield b"ratelimit-policy", policy.encode()
        yield b"ratelimit", f'"{self.policy}";r={self.remaining};t={self.reset}'.encode()
        if is_refused:
            yield b"retry-after", str(self.reset).encode()


class RateLimits:
    """Counts requests per minute; 0 is no limit. Safe for several threads."""

    def __init__(self, requests: int, failures: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._requests, self._failures = requests, failures

    def count_request(self, connection: HTTPConnection, user: str) -> None:
        """Count a request of a user. Raises ``RefusedError`` when it is one too many.

        A stream is one request.
        """
        self._count(connection, "requests", self._requests, user)

    def count_failure(self, connection: HTTPConnection) -> None:
        """Count a refused login of an address; raises likewise.

        A valid token is never refused for others.
        """
        self._count(connection, "failures", self._failures, client_address(connection))

    def count_login(self, connection: HTTPConnection) -> None:
        """Count a login that an address begins: it costs a row until it ends. Raises likewise."""
        self._count(connection, "logins", self._failures, client_address(connection))

    @contextmanager
    def counting_failures(self, connection: HTTPConnection) -> Iterator[None]:
        """Count a failure where the block raises ``RefusedError``."""
        try:
            yield
        except RefusedError:
            self.count_failure(connection)
            raise

    def _count(self, connection: HTTPConnection, policy: str, quota: int, who: str) -> None:
        if not quota:
            return
        item = RateLimitItemPerMinute(quota)
        is_counted = self._limiter.hit(item, policy, who)
        window = self._limiter.get_window_stats(item, policy, who)
        reset = max(1, math.ceil(window.reset_time - time.time()))
        left = max(0, window.remaining) if is_counted else 0
        setattr(connection.state, _STATE, RateState(policy, quota, left, reset))
        if not is_counted:
            raise RefusedError(
                f"more than {quota} {policy} in a minute",
                code="rate-limited",
                hint=f"wait for {reset} {'second' if reset == 1 else 'seconds'}",
            )


class RateHeaders:
    """The middleware that adds the headers to answers of requests that were counted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            state = scope.get("state", {}).get(_STATE)
            if message["type"] == "http.response.start" and isinstance(state, RateState):
                more = state.headers(is_refused=message["status"] == 429)
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        await self._app(scope, receive, send_with_headers)
