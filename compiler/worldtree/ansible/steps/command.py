"""Step kind ``command``: runs a program, without a shell."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import Any, Self

from pydantic import AliasChoices, Field, model_validator

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_types import Text, Word
from worldtree.ansible.steps.precheck import unless_tasks
from worldtree.ansible.steps.state_snapshot import task_name
from worldtree.plan.node import Reversibility

#: Programs for which ansible-lint demands a module; the user chose the program.
_PROGRAMS_WITH_MODULES = frozenset(
    {
        *("apt-get", "chkconfig", "curl", "git", "hg", "letsencrypt", "mktemp", "mount", "patch"),
        *("rpm", "rsync", "sed", "service", "supervisorctl", "svn", "systemctl", "tar", "unzip"),
        *("wget", "yum"),
    }
)


#: Parameters of ``RunParams`` that are Jinja without braces, in both spellings.
RUN_EXPRESSIONS = ("changed_when", "changedWhen", "failed_when", "failedWhen")


class RunParams(StepParams):
    """Parameters that ``command`` and ``script`` share: where, when, and what a result means."""

    chdir: Text | None = Field(default=None, description="Directory to run in.", examples=["/opt"])
    creates: Text | None = Field(
        default=None,
        description="Path that exists once the work is done; then it is not run again.",
        examples=["/opt/app/installed"],
    )
    removes: Text | None = Field(
        default=None, description="Path that must exist for the work to be needed."
    )
    unless: Text | list[Text] | None = Field(
        default=None,
        description="Command that exits with 0 where the work is done; the host is skipped then.",
        examples=["test -e /opt/app/installed"],
    )
    undo: Text | list[Text] | None = Field(
        default=None,
        description="Command that undoes the effect; without it the step cannot be rolled back.",
    )
    changed_when: bool | Text | None = Field(
        default=None,
        description=(
            "Whether the run changed something; `result` is its result. Without `creates` or "
            "`removes` the default is true."
        ),
        validation_alias=AliasChoices("changed_when", "changedWhen"),
        examples=[False, "'updated' in result.stdout"],
    )
    failed_when: bool | Text | None = Field(
        default=None,
        description="When the run has failed, besides an exit code other than 0.",
        validation_alias=AliasChoices("failed_when", "failedWhen"),
        examples=["result.rc not in [0, 3]"],
    )

    def outcome(self) -> dict[str, Any]:
        """Return the keywords that define what the result means."""
        keywords: dict[str, Any] = {}
        changed = self.changed_when
        if changed is None and self.creates is None and self.removes is None:
            changed = True
        for key, value in (("changed_when", changed), ("failed_when", self.failed_when)):
            if value is not None:
                keywords[key] = value
        if any(isinstance(value, str) for value in keywords.values()):
            keywords["register"] = "result"
        return keywords


class CommandParams(RunParams):
    """Parameters of ``command``: those of ``ansible.builtin.command`` and of ``RunParams``."""

    cmd: Text | None = Field(
        default=None, description="The command line; no shell.", examples=["/opt/app/bin/migrate"]
    )
    argv: list[Word] | None = Field(
        default=None,
        description="The command as a list, which needs no quoting.",
        examples=[["/usr/bin/app", "--flag", "with space"]],
        min_length=1,
    )
    stdin: Text | None = Field(default=None, description="Text for the standard input.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.cmd is None) == (self.argv is None):
            msg = "give either `cmd` or `argv`"
            raise ValueError(msg)
        return self


def command_task(name: str, command: str | list[Any], **keywords: Any) -> PlayTask:
    """Return a task that runs ``command``; numbers of a list become text."""
    if isinstance(command, str):
        args: dict[str, Any] = {"cmd": command}
    else:
        args = {"argv": [c if isinstance(c, str) else str(c) for c in command]}
    return PlayTask(name, "ansible.builtin.command", args, keywords, lint_waivers(command))


def lint_waivers(command: str | list[Any]) -> tuple[str, ...]:
    """Return the lint rules that running this command breaks."""
    return ("command-instead-of-module",) if _program(command) in _PROGRAMS_WITH_MODULES else ()


def _program(command: str | list[Any]) -> str:
    if isinstance(command, list):
        words = [str(word) for word in command]
    else:
        try:
            words = shlex.split(command)
        except ValueError:
            words = command.split()
    return PurePosixPath(words[0]).name if words else ""


def _run(params: CommandParams, _context: StepContext) -> tuple[PlayTask, ...]:
    command = params.cmd if params.cmd is not None else list(params.argv or [])
    base = command_task(
        task_name("Run", _program(command), "the command"), command, **params.outcome()
    )
    rest = params.args("cmd", "argv", "unless", "undo", "changed_when", "failed_when")
    return (PlayTask(base.name, base.action, {**base.args, **rest}, base.keywords, base.noqa),)


def _precheck(params: RunParams, _context: StepContext) -> tuple[PlayTask, ...]:
    return () if params.unless is None else unless_tasks(params.unless, params.chdir)


def _undo(params: RunParams, _context: StepContext) -> tuple[PlayTask, ...]:
    if params.undo is None:
        return ()
    task = command_task("Undo the command", params.undo, changed_when=True)
    args = task.args if params.chdir is None else {**task.args, "chdir": params.chdir}
    return (PlayTask(task.name, task.action, args, task.keywords, task.noqa),)


def run_reversibility(params: RunParams) -> Reversibility:
    """Return whether it has nothing to undo, has a command that undoes it, or cannot be undone."""
    if params.changed_when is False:
        return "read-only"
    return "irreversible" if params.undo is None else "compensable"


def run_repeatable(params: RunParams) -> bool:
    """Return whether a guard makes it safe to run twice, or it only reads."""
    guards = (params.creates, params.removes, params.unless)
    return params.changed_when is False or any(guard is not None for guard in guards)


KIND = StepKind(
    name="command",
    summary="Run a program on the host, without a shell.",
    params=CommandParams,
    run=_run,
    precheck=_precheck,
    rollback=_undo,
    reversibility=run_reversibility,
    repeatable=run_repeatable,
    expressions=RUN_EXPRESSIONS,
    shorthand={str: "cmd", list: "argv"},
    check_mode=False,
)
