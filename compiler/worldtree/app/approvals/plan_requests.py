"""What a caller asks for about plans, as data."""

from __future__ import annotations

import time

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from worldtree.app.request_fields import refuse_disorder
from worldtree.app.tasks.asked_work import AskedWork
from worldtree.app.tasks.task_requests import Request
from worldtree.core.errors import RefusedError


class AskedPlan(AskedWork):
    """Compile a pipeline of a cluster's document, to be looked at and approved."""

    cluster: str = Field(min_length=1, max_length=200, description="Name of the cluster.")


class AskedDecision(Request):
    """Approve or reject a plan."""

    comment: str = Field(default="", max_length=2000, description="Why.")
    plan: str | None = Field(
        default=None,
        max_length=64,
        description="Digest of the plan that was looked at; another one is refused.",
    )


class AskedWindow(Request):
    """When a plan may begin to run."""

    start: AwareDatetime | None = Field(
        default=None, alias="from", description="Not before; at once by default."
    )
    until: AwareDatetime = Field(description="What has not begun by then is refused.")

    @field_validator("until")
    @classmethod
    def _is_later(cls, until: AwareDatetime, info: ValidationInfo) -> AwareDatetime:
        refuse_disorder(info.data.get("start"), until)
        return until

    def times(self) -> dict[str, float]:
        """Return both times as UTC epoch seconds. Raises ``RefusedError`` if it is over."""
        now, until = time.time(), self.until.timestamp()
        if until <= now:
            raise window_over()
        return {"from": now if self.start is None else self.start.timestamp(), "until": until}


class AskedApply(Request):
    """Run a plan."""

    window: AskedWindow | None = Field(default=None, description="When; at once by default.")


def window_over() -> RefusedError:
    """Return the error for a window that is over."""
    return RefusedError(
        "the window in which the plan may begin is over",
        code="window-over",
        hint="request a plan again, and apply it with another window",
    )
