"""What `ansible-playbook` lists of playbooks: hosts, tasks and tags of each play. Nothing runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worldtree.core.errors import Diagnostic, InputError

_PLAY = re.compile(r"  play #\d+ \(.*?\): ?(?P<name>.*?)\tTAGS: \[(?P<tags>.*)\]")
_TASK = re.compile(r"      (?P<name>.*)\tTAGS: \[(?P<tags>.*)\]")
_HOSTS = re.compile(r"    hosts \(\d+\):")
_TASK_TAGS = re.compile(r"      TASK TAGS: \[(?P<tags>.*)\]")
#: Lines of Ansible's output that are shown when it fails.
_MAX_CAUSES = 4


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A task that may run; dynamic includes are one task."""

    #: With the role in front: `base : Install`.
    name: str
    tags: frozenset[str]


@dataclass(slots=True)
class ListedPlay:
    """A play as `ansible-playbook` lists it."""

    name: str
    tags: frozenset[str]
    hosts: list[str] = field(default_factory=list)
    tasks: list[ListedTask] = field(default_factory=list)
    #: Tags with which some task of the play can be selected.
    task_tags: frozenset[str] = frozenset()


def list_plays(
    playbooks: Sequence[Path],
    inventories: Iterable[str] = (),
    *,
    directory: Path,
    environ: Mapping[str, str],
    timeout: float = 600.0,
) -> list[ListedPlay]:
    """Return the plays of ``playbooks`` as Ansible, run in ``directory``, lists them.

    ``timeout`` is in seconds. Raises ``InputError`` with what Ansible says when it cannot.
    """
    # The caller's own Ansible, which has the collections of the playbooks.
    program = shutil.which("ansible-playbook", path=environ.get("PATH"))
    command = [program] if program else [sys.executable, "-m", "ansible", "playbook"]
    command += [str(path) for path in playbooks]
    command += [part for text in inventories for part in ("-i", text)]
    command += ["--list-hosts", "--list-tasks", "--list-tags"]
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env={**environ, "ANSIBLE_NOCOLOR": "1"},
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _unlistable(playbooks, f"It took longer than {timeout:g} s.") from None
    if done.returncode != 0:
        raise _unlistable(playbooks, _causes(done.stderr))
    return parse_listing(done.stdout)


def parse_listing(text: str) -> list[ListedPlay]:
    """Return the plays of the output of `--list-hosts --list-tasks --list-tags`."""
    plays: list[ListedPlay] = []
    part = ""
    for line in text.splitlines():
        if found := _PLAY.match(line):
            plays.append(ListedPlay(found["name"], _tags(found["tags"])))
            part = ""
        elif not plays:
            continue
        elif _HOSTS.match(line):
            part = "hosts"
        elif line == "    tasks:":
            part = "tasks"
        elif found := _TASK_TAGS.match(line):
            plays[-1].task_tags = _tags(found["tags"])
        elif part == "hosts" and line.startswith("      "):
            plays[-1].hosts.append(line.strip())
        elif part == "tasks" and (found := _TASK.match(line)):
            plays[-1].tasks.append(ListedTask(found["name"], _tags(found["tags"])))
    return plays


def _tags(text: str) -> frozenset[str]:
    return frozenset(tag.strip() for tag in text.split(",") if tag.strip())


def _causes(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("[WARNING]", "[DEPREC"))]
    return "\n".join(told[:_MAX_CAUSES])


def _unlistable(playbooks: Sequence[Path], why: str) -> InputError:
    names = " ".join(str(path) for path in playbooks)
    return InputError(
        [
            Diagnostic(
                "playbook-not-listed",
                f"Ansible cannot list the tasks of {names}",
                detail=why,
                hint=f"try it with Ansible alone:\n    ansible-playbook {names} --list-tasks",
            )
        ]
    )
