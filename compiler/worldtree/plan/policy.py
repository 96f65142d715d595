"""Policies: batches, retries and limits of a node's work, and what a failure of it means."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from worldtree.plan.base_model import PlanModel

OnFailure = Literal["fail-fast", "ignore", "rollback"]
#: What to do about work that was interrupted and may have had its effect.
OnInterrupted = Literal["rerun", "ask", "fail"]

OnIrreversible = Literal["refuse", "confirm", "allow"]

#: A count of hosts or a percentage such as ``"30%"``; a list gives the sizes of successive batches.
Batch = int | str


class Policy(PlanModel):
    """The policy of a pipeline, module, task or step; ``None`` means inherited."""

    #: Hosts at a time: a number, a percentage, or a list of these.
    serial: Batch | tuple[Batch, ...] | None = None
    #: Upper bound of hosts working at once on a node, within a batch.
    throttle: int | None = Field(default=None, ge=1)
    #: Name of a lock: nodes with the same name never run at the same time.
    mutex: str | None = None
    #: Seconds one attempt may take.
    timeout: float | None = Field(default=None, gt=0)
    #: Further attempts after a failed one, only on the hosts that failed.
    retries: int | None = Field(default=None, ge=0)
    #: Seconds before the first retry; doubled for each further one.
    backoff: float | None = Field(default=None, ge=0)
    on_failure: OnFailure | None = None
    #: Hosts that may fail before the node counts as failed: a number or a percentage.
    allowed_failures: Batch | None = None
    #: For interrupted work that cannot be repeated safely; None means ``ask``.
    on_interrupted: OnInterrupted | None = None
    #: What to do about work that cannot be undone where failures are to be rolled back; None means
    #: ``allow`` (pipeline level only).
    on_irreversible: OnIrreversible | None = None
    #: Nodes running at once (pipeline level only).
    concurrency: int | None = Field(default=None, ge=1)

    @property
    def stops_task(self) -> bool:
        """Whether a failed node ends the task: no further node starts."""
        return self.on_failure in ("fail-fast", "rollback")

    def inherit(self, parent: Policy) -> Policy:
        """Return this policy with every unset field taken from ``parent``."""
        own = self.model_dump(exclude_none=True)
        return Policy(**{**parent.model_dump(exclude_none=True), **own})


#: The defaults of fields that no pipeline, module, task or step sets.
DEFAULT_POLICY = Policy(
    retries=0, backoff=2.0, on_failure="ignore", allowed_failures=0, concurrency=16
)
