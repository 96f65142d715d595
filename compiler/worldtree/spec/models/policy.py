"""``policy``: how work is spread over hosts, repeated and bounded, and what a failure means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from worldtree.spec.models.base import DocModel
from worldtree.spec.models.types import (
    Duration,
    HostShare,
    NonNegativeInt,
    PartName,
    PositiveInt,
    Serial,
    TimeLimit,
    none_as_mapping,
)

OnFailure = Literal["fail-fast", "ignore", "rollback"]
OnInterrupted = Literal["rerun", "ask", "fail"]
OnIrreversible = Literal["refuse", "confirm", "allow"]


class PolicyModel(DocModel):
    """How work is spread, repeated and bounded; what is unset is inherited from above."""

    serial: Serial | None = Field(
        default=None,
        description="Hosts at a time: a number, a percentage, or a list of sizes of successive "
        "batches. When a whole batch fails, the later ones are not begun, whatever `onFailure` "
        "says: a first batch of one host tries a change out.",
        examples=[1, "50%", [1, "25%", "100%"]],
    )
    throttle: PositiveInt | None = Field(
        default=None,
        description="Most hosts working at once on a step, within a batch. Each step is bounded by "
        "itself: those of tasks that go side by side add up, unless a `mutex` keeps them apart.",
        examples=[3],
    )
    mutex: PartName | None = Field(
        default=None,
        description="Name of a lock; work with the same lock never runs at the same time.",
        examples=["package-manager"],
    )
    timeout: TimeLimit | None = Field(
        default=None, description="Time that one attempt may take.", examples=["5m"]
    )
    retries: NonNegativeInt | None = Field(
        default=None,
        description="Further attempts after a failed one, on the hosts that failed.",
        examples=[2],
    )
    backoff: Duration | None = Field(
        default=None,
        description="Time before the first retry, doubled for each further one.",
        examples=["2s"],
    )
    on_failure: OnFailure | None = Field(
        default=None,
        description="`fail-fast` starts nothing new; `ignore` isolates the failed host and what "
        "depends on it; `rollback` undoes what was done.",
        examples=["fail-fast"],
    )
    allowed_failures: HostShare | None = Field(
        default=None,
        description="Hosts that may fail before the work counts as failed.",
        examples=[0, "10%"],
    )
    on_interrupted: OnInterrupted | None = Field(
        default=None,
        description="What to do with a step that was cut off, may have had its effect, and has "
        "nothing that keeps it from having it twice (`creates`, `unless`): do it again, ask, or "
        "take it for failed. `ask` where nothing is said.",
        examples=["rerun"],
    )
    on_irreversible: OnIrreversible | None = Field(
        default=None,
        description="What to do before running work that cannot be undone, where failures are to "
        "be rolled back: refuse, ask, or go on; only in `spec.policy`. `allow` where nothing is "
        "said.",
        examples=["confirm"],
    )
    concurrency: PositiveInt | None = Field(
        default=None,
        description="Steps running at once in the whole cluster; only in `spec.policy`.",
        examples=[16],
    )


#: A policy; the key may stand without a value.
Policy = Annotated[PolicyModel, BeforeValidator(none_as_mapping)]
