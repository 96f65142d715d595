"""The commands that tasks are made by, as they are stored and listed."""

from __future__ import annotations

from enum import StrEnum


class TaskCommand(StrEnum):
    """What a task was asked to do; a resumed task keeps its command."""

    APPLY = "apply"
    DESTROY = "destroy"
    VERIFY = "verify"
    ROLLBACK = "rollback"
    #: ``wt apply --check``.
    CHECK = "check"
    DRIFT = "drift"
    FACTS = "facts"
    #: ``wt tasks import``: a run that ansible-runner recorded elsewhere.
    IMPORT = "import"


#: Commands whose tasks change nothing: what they report as changed is a difference, and their
#: times say nothing about the work.
READ_ONLY_COMMANDS = (TaskCommand.CHECK, TaskCommand.DRIFT)
#: Commands that only look at hosts.
LOOKING_COMMANDS = (*READ_ONLY_COMMANDS, TaskCommand.VERIFY, TaskCommand.FACTS)
#: Commands whose tasks nobody resumes or rolls back, so that other tasks are meant by default.
ENDED_COMMANDS = (*READ_ONLY_COMMANDS, TaskCommand.FACTS, TaskCommand.IMPORT)
