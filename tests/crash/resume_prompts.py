"""Answers the prompts of ``wt resume`` on a terminal."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pexpect

from crash.program import SECONDS, CommandResult, Program

#: How ``wt resume`` names an interrupted step before it asks about it.
_DOUBT = re.compile(r"(\S+) on (\w+): [^\n]*\r?\nIt may already have taken effect")


def run_answering(
    program: Program, command: tuple[str, ...], answer: Callable[[str, str], str]
) -> CommandResult:
    """Run a command, go on when asked to, and say of each step in doubt what ``answer`` says."""
    words = [*program.before, *program.words(*command)]
    child = pexpect.spawn(
        words[0],
        words[1:],
        cwd=str(program.directory),
        env=program.environment,
        timeout=SECONDS,
        encoding="utf-8",
        dimensions=(50, 300),
    )
    text = ""
    try:
        while True:
            which = child.expect([r"\[y/N\]: ", r"\(rerun, done, fail\): ", pexpect.EOF])
            text += child.before or ""
            if which == 0:
                child.sendline("y")
            elif which == 1:
                node, host = _DOUBT.findall(text)[-1]
                child.sendline(answer(node, host))
            else:
                break
    finally:
        child.close(force=True)
    status = child.exitstatus
    return CommandResult(os.EX_SOFTWARE if status is None else status, text)
