"""Requests with `Idempotency-Key`: the middleware that lets their work be done once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from urllib.parse import parse_qs

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worldtree.api.answers import JsonAnswer, accepted
from worldtree.api.authentication import authenticate
from worldtree.api.problem_links import project_query
from worldtree.api.problems import problem_response
from worldtree.api.settings import API_PREFIX, DEFAULT_PROJECT
from worldtree.api.streamed_bodies import STREAMED_PATHS
from worldtree.app.idempotency import IdempotencyService, KeyClaim, KnownKey
from worldtree.core.errors import RefusedError, WorldTreeError

KEY_HEADER, REPLAYED_HEADER = "idempotency-key", "Idempotency-Replayed"
#: Methods that change something and are not idempotent by themselves.
_METHODS = frozenset({"POST", "PATCH", "DELETE"})
_KEY = re.compile(r'"?([!#-\[\]-~]{1,255})"?')
#: Addresses that take or give secrets, and those that change nothing, or the same once more.
_SECRET_PATHS = re.compile(r"^/(session|login|users|me/(tokens|sessions))(/|$)")
_HARMLESS_PATHS = frozenset({f"{API_PREFIX}/validate", f"{API_PREFIX}/compile"}) | STREAMED_PATHS
#: A token in an answer; such a one is never kept.
_TOKEN = re.compile(rb"wt[ps]_")
#: Refusals that say nothing about the work: the request is judged anew when it is sent again.
_TRANSIENT = frozenset({401, 403, 408, 413, 425, 429})
#: Headers of an answer that are kept.
_KEPT_HEADERS = ("content-type", "location", "etag")
#: Bytes of an answer that are kept; a larger one is replayed without its body.
_MAX_BODY = 1_000_000
_log = structlog.get_logger("worldtree.api")


class Idempotency:
    """Keeps answers of requests with a key, and gives them again; the body is in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not _is_meant(scope):
            await self._app(scope, receive, send)
            return
        try:
            key = _read_key(scope)
            who = await run_in_threadpool(authenticate, HTTPConnection(scope))
        except WorldTreeError as problem:
            await problem_response(problem, scope)(scope, receive, send)
            return
        message = await receive()
        body: bytes = message.get("body", b"") if message["type"] == "http.request" else b""
        service = scope["app"].state.application.idempotency
        try:
            found = await run_in_threadpool(service.claim, who.name, key, _digest(scope, body))
            if not isinstance(found, KeyClaim):
                answer = await run_in_threadpool(_again, service, found, scope)
                await answer(scope, receive, send)
                return
        except WorldTreeError as problem:
            await problem_response(problem, scope)(scope, receive, send)
            return
        await self._first(scope, _resent(message, receive), send, service, found)

    async def _first(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        service: IdempotencyService,
        claim: KeyClaim,
    ) -> None:
        """Do the work of a request, keep its answer, and send it."""
        sent: list[Message] = []

        async def collect(message: Message) -> None:
            sent.append(message)

        try:
            with service.working_for(claim):
                await self._app(scope, receive, collect)
        except BaseException:
            # Whatever ended it: a request that is sent again must not wait for this one.
            await _quietly(service.release, claim)
            raise
        await _quietly(_keep, service, claim, sent)
        for message in sent:
            await send(message)


def _is_meant(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] in _METHODS
        and KEY_HEADER in Headers(scope=scope)
        and scope["path"].startswith(f"{API_PREFIX}/")
        and scope["path"] not in _HARMLESS_PATHS
    )


def _read_key(scope: Scope) -> str:
    """Return the key of a request. Raises ``RefusedError``."""
    given = Headers(scope=scope).getlist(KEY_HEADER)
    found = _KEY.fullmatch(given[0].strip()) if len(given) == 1 else None
    if found is None:
        raise RefusedError(
            "the Idempotency-Key cannot be read",
            code="idempotency-key-invalid",
            hint="send one key of 1 to 255 visible ASCII characters, such as a random UUID",
        )
    if _SECRET_PATHS.match(scope["path"].removeprefix(API_PREFIX)):
        raise RefusedError(
            "this address takes or gives secrets, which are not kept for a repeated request",
            code="idempotency-key-refused",
            hint="send the request without Idempotency-Key",
        )
    return found[1]


def _digest(scope: Scope, body: bytes) -> str:
    kind = Headers(scope=scope).get("content-type", "")
    head = (scope["method"], scope["path"], scope["query_string"].decode("latin-1"), kind)
    return sha256("\n".join(head).encode() + b"\n" + body).hexdigest()


def _again(service: IdempotencyService, found: KnownKey, scope: Scope) -> Response:
    """Return the answer of the first request, made again from its outcome where it was lost."""
    if found.status is not None:
        answer = Response(found.body, found.status, dict(found.headers))
    elif found.outcome is not None and "plan" in found.outcome:
        plan = found.outcome["plan"]
        place = f"{API_PREFIX}/plans/{plan}{project_query(scope)}"
        answer = JsonAnswer({"id": plan}, 201, headers={"Location": place})
    else:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        project = query.get("project", [DEFAULT_PROJECT])[0]
        outcome: Mapping[str, str] = found.outcome or {}
        answer = accepted(service.task(project, outcome.get("task", "")), Request(scope))
    answer.headers[REPLAYED_HEADER] = "true"
    return answer


def _keep(service: IdempotencyService, claim: KeyClaim, sent: list[Message]) -> None:
    status = int(sent[0]["status"]) if sent else 500
    body = b"".join(one.get("body", b"") for one in sent[1:])
    if status >= 500 or status in _TRANSIENT:
        service.release(claim)
        return
    headers = Headers(raw=list(sent[0]["headers"]))
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    if _TOKEN.search(body) or len(body) > _MAX_BODY:
        kept, body = {name: kept[name] for name in kept if name != "content-type"}, b""
    service.finish(claim, status, kept, body)


async def _quietly(work: Callable[..., None], *arguments: object) -> None:
    """Call ``work``; the answer of a request does not depend on whether it can be kept."""
    try:
        await run_in_threadpool(work, *arguments)
    except WorldTreeError as problem:
        _log.warning("an answer was not kept", error_code=problem.code)


def _resent(first: Message, receive: Receive) -> Receive:
    is_read = False

    async def resend() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return first

    return resend
