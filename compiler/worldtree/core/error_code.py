"""What an error code says: its meaning, exit code and HTTP status, by the kind of the error."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from worldtree.core.errors import ExitCode


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What programs know of a ``WorldTreeError`` besides its words."""

    #: One sentence.
    meaning: str
    #: That of the classes that are raised with the code.
    exit_code: ExitCode
    #: What a service that puts WorldTree behind HTTP answers with.
    http_status: HTTPStatus


def failed(meaning: str, status: HTTPStatus) -> ErrorCode:
    """Return a code of errors that end with exit code 1."""
    return ErrorCode(meaning, ExitCode.FAILED, status)


def wrong_input(meaning: str, status: HTTPStatus) -> ErrorCode:
    """Return a code of errors in what was given."""
    return ErrorCode(meaning, ExitCode.INPUT, status)


def refused(meaning: str, status: HTTPStatus = HTTPStatus.CONFLICT) -> ErrorCode:
    """Return a code of valid requests that cannot be carried out now."""
    return ErrorCode(meaning, ExitCode.REFUSED, status)
