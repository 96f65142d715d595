"""What a schedule asks for at each of its times: a pipeline, or a look for drift."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from worldtree.app.request_fields import field_error
from worldtree.app.tasks.asked_work import AskedWork
from worldtree.results.task_command import TaskCommand

#: What a look for drift takes besides.
_OF_DRIFT = frozenset({"selection", "version", "content"})


class ScheduledWork(AskedWork):
    """Run a pipeline of a stored document, or compare hosts with it."""

    drift: bool = Field(
        default=False,
        description="Compare the hosts with the document, in the place of a pipeline; with "
        "`selection`, `version` and `content` alone.",
    )

    @field_validator("drift")
    @classmethod
    def _runs_no_pipeline(cls, drift: bool, info: ValidationInfo) -> bool:
        others = [
            f"`{name}`"
            for name, field in cls.model_fields.items()
            if name not in _OF_DRIFT and info.data.get(name, field.default) != field.default
        ]
        if drift and others:
            raise field_error(
                "drift-invalid",
                f"a look for drift runs no pipeline, and takes no {', '.join(others)}",
                f"leave out {', '.join(others)}, or `drift`",
            )
        return drift

    @property
    def command(self) -> TaskCommand:
        """The command of the task."""
        return TaskCommand.DRIFT if self.drift else super().command

    def stored(self) -> dict[str, Any]:
        """Return it as JSON data for the database; without drift as earlier versions read it."""
        return self.model_dump(mode="json", exclude=None if self.drift else {"drift"})
