"""Why a service cannot be asked: what an answer means that is no answer of the API, and errors."""

from __future__ import annotations

import ssl
from typing import Any

import httpx2

from worldtree.core.errors import WorldTreeError
from worldtree.remote.problems import read_problem
from worldtree.remote.results import unreadable_answer
from worldtree.remote.server_url import ServerUrl

#: Statuses of a request that was not carried out, or not to its end.
RETRIED_STATUSES = (429, 502, 503, 504)


def answer_error(url: ServerUrl, answer: Any, file: str | None) -> WorldTreeError:
    """Return the error of an answer, which may be that of another program, such as a proxy."""
    status = answer.status_code
    if answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        try:
            return read_problem(answer.json(), file)
        except (KeyError, TypeError, ValueError):
            return unreadable_answer("an error")
    if 300 <= status < 400:
        place = answer.headers.get("Location", "another address").partition("?")[0]
        return _foreign(url, f"it redirects to {place}")
    if status in RETRIED_STATUSES:
        return WorldTreeError(
            f"the service at {url} cannot be reached: what is in front of it answers {status}",
            code="server-unreachable",
            hint="check that the service runs, then try again",
        )
    return _foreign(url, f"it answers {status} without a problem of the API")


def _foreign(url: ServerUrl, why: str) -> WorldTreeError:
    return WorldTreeError(
        f"{url} is not the address of a WorldTree service of this version: {why}",
        code="server-unknown",
        hint="give the address that `wt serve` prints, or that of the proxy in front of it",
    )


def unreachable(url: ServerUrl, error: httpx2.HTTPError) -> WorldTreeError:
    """Return the error for a request without an answer."""
    if is_about_certificate(error):
        return WorldTreeError(
            f"the certificate of {url} is not trusted: {failure_reason(error)}",
            code="server-certificate-untrusted",
            hint="give the file of the authority that signed it: `wt login --ca-file FILE URL`",
        )
    hint = "check the address, and that the service runs and this machine can reach it"
    if _tls_error(error) is not None:
        hint = "check the address: a service without TLS has one that begins with http://"
    elif isinstance(error, httpx2.ReadTimeout):
        hint = "it may still be at work on the request: see `wt tasks list`, then try again"
    return WorldTreeError(
        f"the service at {url} cannot be reached: {failure_reason(error)}",
        code="server-unreachable",
        hint=hint,
    )


def is_about_certificate(error: BaseException) -> bool:
    """Whether the certificate of the service is not trusted."""
    return isinstance(_tls_error(error), ssl.SSLCertVerificationError)


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def failure_reason(error: BaseException) -> str:
    """Return the cause in a few words."""
    found = _tls_error(error)
    if isinstance(found, ssl.SSLCertVerificationError):
        return found.verify_message
    if found is not None:
        return f"no TLS connection could be made ({(found.reason or 'unknown').lower()})"
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")
