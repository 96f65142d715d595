"""A cron expression as a field of a request."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from worldtree.app.request_fields import as_field_error
from worldtree.app.schedules.cron_fields import MAX_LENGTH
from worldtree.app.schedules.cron_times import read_cron
from worldtree.core.errors import RefusedError


def _valid_cron(expression: str) -> str:
    try:
        # Whether it is valid depends on no time zone.
        return read_cron(expression, "UTC").expression
    except RefusedError as problem:
        raise as_field_error(problem) from None


#: Five fields, with one blank between them.
CronExpression = Annotated[
    str,
    Field(
        description="Minute, hour, day of the month, month, day of the week.",
        json_schema_extra={"maxLength": MAX_LENGTH},
    ),
    AfterValidator(_valid_cron),
]
