"""The kinds of notices: what channels can tell."""

from __future__ import annotations

from enum import StrEnum


class NoticeKind(StrEnum):
    """What happened."""

    #: A pipeline of a cluster failed that had not failed before.
    FAILED = "failed"
    #: The first success of a pipeline of a cluster after it failed.
    RECOVERED = "recovered"
    #: A plan waits for an approval.
    APPROVAL_WANTED = "approval-wanted"
    #: Hosts differ from their document, or could not be compared.
    DRIFT = "drift"
    #: They do not any more.
    DRIFT_RESOLVED = "drift-resolved"
    CERTIFICATE_EXPIRING = "certificate-expiring"
    #: Interrupted work may have had its effect: a person has to say what to do.
    ANSWER_WANTED = "answer-wanted"
    #: Several processes died while they worked on a task.
    ATTENTION_WANTED = "attention-wanted"
    #: A schedule may not start its task any more, or for another reason than before.
    SCHEDULE_REFUSED = "schedule-refused"
    #: It starts its tasks again.
    SCHEDULE_ACCEPTED = "schedule-accepted"
