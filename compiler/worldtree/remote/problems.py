"""Problems that a service answers, as the errors that the same command raises at home."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args
from urllib.parse import unquote, urlsplit

from worldtree.core.error_codes import ERROR_CODES
from worldtree.core.errors import (
    Diagnostic,
    DocPath,
    ExitCode,
    InputError,
    Mark,
    Severity,
    WorldTreeError,
)
from worldtree.core.next_steps import NextAction, NextStep

#: What the service calls the document in diagnostics.
_DOCUMENT_NAME = "cluster.yaml"
#: HTTP statuses below this are the caller's, others the service's.
_SERVER_ERRORS = 500
#: Field of a request that helps -> option of the command that makes it.
_OPTIONS = {"if_in_doubt": "interrupted", "nodes": "node", "hosts": "host"}
#: Fields of a body that a message names at most.
_MAX_FIELDS = 5


class ServerError(WorldTreeError):
    """An error that a service answered; the exit code is that of its code."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str = "",
        next_steps: Sequence[NextStep] = (),
        status: int,
    ) -> None:
        super().__init__(message, code=code, hint=hint, next_steps=next_steps)
        #: The HTTP status.
        self.status = status
        known = ERROR_CODES.get(code)
        if known is not None:
            self.exit_code = known.exit_code
        elif status < _SERVER_ERRORS:
            # A service of a later version.
            self.exit_code = ExitCode.REFUSED


def read_problem(data: Mapping[str, Any], file: str | None = None) -> WorldTreeError:
    """Return the error of a problem (RFC 9457) of the API.

    ``file`` is the document that was sent, which diagnostics name. Raises ``KeyError``,
    ``TypeError`` and ``ValueError`` for other data.
    """
    code, status = str(data["code"]), int(data["status"])
    errors = data.get("errors") or []
    if code == "input-invalid" and errors:
        return InputError([read_diagnostic(one, file) for one in errors])
    message, hint = str(data["detail"]), str(data.get("hint") or "")
    if code in ("token-missing", "token-invalid"):
        # Its words are for programs that make requests themselves.
        hint = "log in again with `wt login URL`, or correct WORLDTREE_TOKEN"
    if code in ("route-unknown", "method-not-allowed"):
        message = f"the service cannot do this: {message}"
        hint = "it is of an earlier version than this program: upgrade it, or use its version"
    if status >= _SERVER_ERRORS and (request := data.get("request_id")):
        hint = hint or f"the log of the service has the reason, under the request {request}"
    if code == "request-invalid" and errors:
        message = f"{message}: {'; '.join(map(_field, errors[:_MAX_FIELDS]))}"
        hint = "the service may be of another version than this program"
    steps = [step for one in data.get("next_steps") or [] if (step := _next_step(one)) is not None]
    return ServerError(message, code=code, hint=hint, next_steps=steps, status=status)


def read_task_problem(data: Mapping[str, Any], file: str | None = None) -> WorldTreeError:
    """Return why a task was refused, as its view has it; ``file`` as in ``read_problem``."""
    diagnostics = [
        Diagnostic(
            one["slug"], one["summary"], one["detail"], one["hint"], Severity(one["severity"]),
            mark=_mark_of_place(one["place"], file),
        )
        for one in data["diagnostics"]
    ]  # fmt: skip
    if diagnostics:
        return InputError(diagnostics)
    steps = [NextStep(**one) for one in read_steps(data)]
    found = ServerError(
        data["message"], code=data["code"], hint=data["hint"], next_steps=steps, status=0
    )
    if "exit_code" in data:  # A service of an earlier version does not say it.
        found.exit_code = ExitCode(data["exit_code"])
    return found


def read_steps(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the next steps of a task, or of its problem, as `-o json` of a command has them.

    A service of an earlier version has requests alone.
    """
    if "next_commands" in data:
        return list(data["next_commands"])
    links = data.get("next_steps") or []
    return [asdict(step) for one in links if (step := _next_step(one)) is not None]


def read_diagnostic(
    data: Mapping[str, Any], file: str | None = None, document: int = 0
) -> Diagnostic:
    """Return the diagnostic that ``-o json`` printed.

    ``file`` is the one that was sent, ``document`` the index of the document in it.
    """
    mark = None
    if data.get("file") is not None:
        mark = Mark(
            _shown(str(data["file"]), file),
            data.get("line") or 0,
            data.get("column") or 0,
            data.get("end_line"),
            data.get("end_column"),
        )
    return Diagnostic(
        str(data["slug"]),
        str(data["summary"]),
        str(data.get("detail") or ""),
        str(data.get("hint") or ""),
        Severity(data.get("severity", "error")),
        _read_path(data.get("path")),
        document=document,
        mark=mark,
    )


def shown_place(place: str | None, file: str | None) -> str | None:
    """Return ``file:line:column``, as far as it is known, of a place of the service.

    The document is ``file``, unless that is None.
    """
    if place is None:
        return None
    named, colon, numbers = place.partition(":")
    return f"{_shown(named, file)}{colon}{numbers}"


def _read_path(text: str | None) -> DocPath | None:
    """Return the path that was written as ``spec.hosts[0].name``."""
    if text is None:
        return None
    parts = re.findall(r"\[(\d+)\]|([^.\[\]]+)", text)
    return tuple(int(number) if number else name for number, name in parts)


def _shown(named: str, file: str | None) -> str:
    """Return the file of a mark: the document has another name here."""
    return file if file is not None and named == _DOCUMENT_NAME else named


def _mark_of_place(place: str | None, file: str | None) -> Mark | None:
    """Return the mark of ``file:line:column`` or ``file``; the document is ``file``."""
    if place is None:
        return None
    parts = place.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return Mark(_shown(parts[0], file), int(parts[1]), int(parts[2]))
    return Mark.of_file(_shown(place, file))


def _field(error: Mapping[str, Any]) -> str:
    place = error.get("pointer") or error.get("parameter") or "the request"
    return f"{place}: {error.get('summary', '')}"


def _next_step(link: Mapping[str, Any]) -> NextStep | None:
    """Return the step of a link relation; None for one that this program does not know."""
    rel: Any = link.get("rel")
    if rel not in get_args(NextAction):
        return None
    parts = urlsplit(str(link.get("href", ""))).path.split("/tasks/", 1)
    target = unquote(parts[1].split("/")[0]) if len(parts) > 1 else ""
    target = "" if target.startswith("{") else target
    return NextStep(rel, target, str(link.get("purpose", "")), _options(link.get("body") or {}))


def _options(body: Mapping[str, Any]) -> dict[str, str | bool | None]:
    """Return the options of a command for the fields of a request's body."""
    found: dict[str, str | bool | None] = {}
    for name, value in body.items():
        first = value[0] if isinstance(value, list) and value else value
        found[_OPTIONS.get(name, name)] = None if first is None else str(first)
    return found
