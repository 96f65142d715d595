"""``policy``: batches, limits, retries and failure handling."""

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
    """Batches, limits, retries and failure handling; unset keys are inherited."""

    serial: Serial | None = Field(
        default=None,
        description="Batch size: a number of hosts, a percentage, a template, or a list of sizes "
        "of successive batches, for each step by itself. If a whole batch fails, later batches do "
        "not start, regardless of `onFailure`: a first batch of one host is a canary.",
        examples=[1, "50%", [1, "25%", "100%"]],
    )
    throttle: PositiveInt | None = Field(
        default=None,
        description="Maximum number of hosts that run a step in parallel in a batch. The limit "
        "is per step: steps of parallel tasks add up unless they share a `mutex`.",
        examples=[3],
    )
    mutex: PartName | None = Field(
        default=None,
        description="Name of a lock; work with the same lock does not run in parallel.",
        examples=["package-manager"],
    )
    timeout: TimeLimit | None = Field(
        default=None, description="Time limit of one attempt.", examples=["5m"]
    )
    retries: NonNegativeInt | None = Field(
        default=None,
        description="Number of retries on the hosts that failed.",
        examples=[2],
    )
    backoff: Duration | None = Field(
        default=None,
        description="Delay before the first retry, doubled for each further one.",
        examples=["2s"],
    )
    on_failure: OnFailure | None = Field(
        default=None,
        description="`fail-fast` starts no further work; `ignore` (the default) leaves the failed "
        "host out of the work that depends on it, and other work goes on; `rollback` undoes the "
        "task. With `ignore`, a task that `needs` a failed one starts on no host, unless "
        "`allowedFailures` permits the failures or the need has `scope: host`.",
        examples=["fail-fast"],
    )
    allowed_failures: HostShare | None = Field(
        default=None,
        description="Number or percentage of hosts that may fail. If more do, a task that "
        "`needs` this one starts on no host, unless the need has `scope: host`. The default is 0.",
        examples=[0, "10%"],
    )
    on_interrupted: OnInterrupted | None = Field(
        default=None,
        description="How to resume a step that was interrupted, may have taken effect and has no "
        "guard against running twice (`creates`, `unless`): run it again, ask, or count it as "
        "failed. The default is `ask`.",
        examples=["rerun"],
    )
    on_irreversible: OnIrreversible | None = Field(
        default=None,
        description="What to do before irreversible work if failures are rolled back: refuse, ask "
        "for confirmation, or continue; only in `spec.policy`. The default is `allow`.",
        examples=["confirm"],
    )
    concurrency: PositiveInt | None = Field(
        default=None,
        description="Maximum number of steps that run in parallel in the whole cluster; only in "
        "`spec.policy`.",
        examples=[16],
    )


#: A policy; the key is allowed without a value.
Policy = Annotated[PolicyModel, BeforeValidator(none_as_mapping)]
