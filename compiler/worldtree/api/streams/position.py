"""Where a stream begins, and which lines of a log are wanted, from a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import HTTPConnection

from worldtree.api.settings import DEFAULT_PROJECT
from worldtree.app.tasks.log_reader import LogQuery
from worldtree.core.errors import ExitCode, WorldTreeError
from worldtree.results.log_level import LogLevel

#: The highest number of an event.
MAX_NUMBER = 2**31 - 1
#: Names and texts of a search; a database refuses the character 0.
_Text = Annotated[str, Field(pattern="^[^\\x00]+$", max_length=500)]


class StreamPositionError(WorldTreeError):
    """A stream cannot begin where the request says."""

    exit_code = ExitCode.INPUT


def start_after(
    connection: HTTPConnection,
    after: int,
    tail: int | None,
    tail_start: Callable[[int], int],
    highest: int = MAX_NUMBER,
) -> int:
    """Return the number after which a stream begins.

    ``Last-Event-ID`` decides where it is higher than ``after``: a browser that connects again uses
    the same address. Raises ``StreamPositionError`` for a header that is not a number up to
    ``highest``.
    """
    last = connection.headers.get("last-event-id", "").strip()
    if not last:
        return after if tail is None else max(after, tail_start(tail))
    if not (last.isascii() and last.isdigit() and len(last) <= 16 and int(last) <= highest):
        raise StreamPositionError(
            "the header `Last-Event-ID` is not the number of an event",
            code="stream-position-invalid",
            hint="send the `id` of the last frame that was received",
        )
    return max(int(last), after)


class LogParameters(BaseModel):
    """The query of a page of a log."""

    model_config = ConfigDict(extra="forbid")

    from_: int | None = Field(
        None, alias="from", ge=1, le=MAX_NUMBER, description="The first number wanted."
    )
    before: int | None = Field(
        None, ge=1, le=MAX_NUMBER, description="Read backwards from below this number."
    )
    tail: bool = Field(False, description="Read backwards from the end.")
    limit: int = Field(200, ge=1, le=1000)
    node: list[_Text] = Field([], max_length=100, description="The node, or what is above it.")
    host: list[_Text] = Field([], max_length=1000)
    level: list[LogLevel] = Field([], description="What the lines say.")
    search: _Text | None = Field(None, description="A text in the line, in any case.")
    project: _Text = Field(DEFAULT_PROJECT, description="Name of the project.")

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if sum((self.from_ is not None, self.before is not None, self.tail)) > 1:
            raise ValueError("`from`, `before` and `tail` exclude each other")
        return self

    def query(self) -> LogQuery:
        """Return what they ask for."""
        return LogQuery(
            first=self.from_ or 1,
            before=self.before,
            limit=self.limit,
            newest=self.tail or self.before is not None,
            nodes=self.node,
            hosts=self.host,
            levels=self.level,
            search=self.search or "",
        )
