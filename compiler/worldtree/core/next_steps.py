"""What a caller can do about an error, as data: each door shows it in its own form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: ``wait``: the same request again, which waits until the cluster is free.
NextAction = Literal[
    "apply",
    "cancel",
    "compile",
    "drift",
    "list-blackouts",
    "list-channels",
    "list-deliveries",
    "list-plans",
    "list-projects",
    "list-schedules",
    "list-tasks",
    "list-users",
    "list-workers",
    "request-plan",
    "resume",
    "retry",
    "rollback",
    "show-plan",
    "show-task",
    "unlock",
    "validate",
    "wait",
]


@dataclass(frozen=True, slots=True)
class NextStep:
    """A request that helps after an error, such as to cancel the task that holds a cluster."""

    action: NextAction
    #: Id of a task, name of a cluster or path of a document; empty: the caller has to choose it.
    target: str
    #: What for, in the imperative: ``continue it``.
    purpose: str
    #: Name -> value of each option: True for a switch, None where the caller has to choose it.
    options: Mapping[str, str | bool | None] = field(default_factory=dict)


#: What is left where a task cannot be continued.
APPLY_AGAIN = NextStep("apply", "", "apply the document again")
#: The same, without the work that is known to be done.
APPLY_CHANGED = NextStep("apply", "", "apply the document again", {"changed": True})
