"""Reads what ansible-runner recorded of a run: ``artifacts/IDENT`` of its private data directory.

ansible-runner writes one file per event (``job_events/COUNTER-UUID.json``), ``rc``, ``status`` and
``command``. AWX and ansible-navigator run playbooks through it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldtree.core.errors import Diagnostic, InputError
from worldtree.results.run import RunState
from worldtree.runner.inside.journal import CLOSING_EVENT

_EVENTS_DIR = "job_events"
_EVENT_FILE = re.compile(r"(\d+)-[\w-]+\.json")
_PROGRAM = "ansible-playbook"
#: ansible-runner's word for how a run ended -> ours. Others mean that it has not ended.
_STATES: Mapping[str, RunState] = {
    "successful": "finished",
    "failed": "finished",
    "canceled": "cancelled",
    "timeout": "timeout",
    "error": "error",
}
#: Short options of ansible-playbook that take a value.
_WITH_VALUE = frozenset("ceilMfuTt")
#: Long names of the options that say what a run did, with the short ones; Ansible accepts the
#: beginning of a long name.
_OPTIONS = {
    "--check": "C",
    "--inventory": "i",
    "--inventory-file": "i",
    "--limit": "l",
    "--list-hosts": "",
    "--list-tags": "",
    "--list-tasks": "",
    "--skip-tags": "",
    "--start-at-task": "",
    "--step": "",
    "--syntax-check": "",
    "--tags": "t",
}
_LONG = {short: name for name, short in reversed(_OPTIONS.items()) if short}
#: Those without a value.
_FLAGS = frozenset(
    {"--check", "--list-hosts", "--list-tags", "--list-tasks", "--step", "--syntax-check"}
)
#: Options with which a run leaves out tasks, and the environment variables that do the same.
_SELECTING = ("--tags", "--skip-tags", "--start-at-task", "--step")
_SELECTING_VARIABLES = {"--tags": "ANSIBLE_RUN_TAGS", "--skip-tags": "ANSIBLE_SKIP_TAGS"}
#: Written by ansible-navigator into its artifact files.
_NAVIGATOR_KEYS = frozenset({"plays", "stdout", "status"})


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One run of ansible-playbook."""

    directory: Path
    #: ansible-runner's name of the run.
    ident: str
    playbook: str
    playbook_uuid: str
    state: RunState
    rc: int | None
    #: Options of ansible-playbook, those of ``_OPTIONS`` only: long name -> value.
    options: Mapping[str, str]
    #: Its environment.
    environment: Mapping[str, str]
    #: Events as ansible-runner wrote them, in order, without gaps.
    events: Sequence[Mapping[str, Any]]

    @property
    def attempt(self) -> str:
        """The id of the run as an attempt: the same however often it is read."""
        return f"{self.ident}.{self.playbook_uuid}"

    @property
    def selection(self) -> Mapping[str, str]:
        """The options with their values by which the run left out tasks of its plays."""
        found = {name: self.options[name] for name in _SELECTING if name in self.options}
        for name, variable in _SELECTING_VARIABLES.items():
            if name not in found and self.environment.get(variable):
                found[name] = self.environment[variable]
        return found

    @property
    def selection_text(self) -> str:
        """These options as in a shell; empty for a run of whole plays."""
        words = [word for option in self.selection.items() for word in option if word]
        return shlex.join(words)

    @property
    def is_complete(self) -> bool:
        """Whether Ansible's closing statistics are there."""
        return any(event["event"] == CLOSING_EVENT for event in self.events)


def find_runs(directory: Path) -> list[Path]:
    """Return the directories of the runs at ``directory``.

    It is a run's own directory, one with several of them (``artifacts``), or a private data
    directory. Raises ``InputError`` without any.
    """
    if directory.is_file() and _is_navigator_artifact(directory):
        raise _unreadable(
            directory,
            "is an artifact file of ansible-navigator",
            "It has no numbers of events and no closing statistics: whether a result is missing, "
            "or a failure was rescued, does not follow from it.",
            "record the events: `ansible-navigator run … --rwje --rad DIR` (`ansible-runner: "
            "{job-events: true, artifact-dir: DIR}` in its settings); then `wt tasks import DIR`",
        )
    if directory.name == _EVENTS_DIR and directory.is_dir():
        directory = directory.parent.resolve()
    for pattern in ("", "*/", "artifacts/*/"):
        found = sorted(path.parent for path in directory.glob(f"{pattern}{_EVENTS_DIR}"))
        if found:
            return found
    raise _unreadable(
        directory,
        "has no `job_events`",
        "ansible-runner writes it below `artifacts/IDENT` of its private data directory.",
        "copy that directory from where the playbook ran, and name it",
    )


def read_run(directory: Path) -> RecordedRun:
    """Return the run in ``directory``. Raises ``InputError`` when it is incomplete or goes on."""
    status = _text(directory / "status")
    state = _STATES.get(status)
    if state is None:
        raise _unreadable(
            directory,
            "does not say how its run ended",
            f"The file `status` {f'says `{status}`' if status else 'is missing or empty'}. "
            "ansible-runner writes it when the run ends.",
            "copy the directory again after the run; if ansible-runner itself was killed and no "
            "ansible-playbook is left of it, write `canceled` to the file `status`",
        )
    words, environment = _command(directory)
    events = list(_events(directory))
    first = events[0]
    data = first["event_data"]
    if first["event"] != "playbook_on_start" or not data.get("playbook_uuid"):
        raise _unreadable(
            directory,
            f"begins with the event `{first['event']}`",
            "The first event of a playbook is `playbook_on_start`, with `event_data`.",
            "name a run of a playbook, recorded without `omit_event_data` and "
            "`only_failed_event_data`",
        )
    rc = _text(directory / "rc")
    return RecordedRun(
        directory=directory,
        ident=str(first.get("runner_ident") or directory.name),
        playbook=str(data.get("playbook", "")),
        playbook_uuid=str(data["playbook_uuid"]),
        state=state,
        rc=int(rc) if rc.lstrip("-").isdigit() else None,
        options=dict(_given_options(words)),
        environment=environment,
        events=events,
    )


def _events(directory: Path) -> Iterator[dict[str, Any]]:
    """Yield the events in order. Raises ``InputError`` for one that is missing or damaged."""
    files = {
        int(found[1]): path
        for path in (directory / _EVENTS_DIR).iterdir()
        if (found := _EVENT_FILE.fullmatch(path.name))
    }
    for number in range(1, max(files, default=1) + 1):
        problem = "is missing"
        if number in files:
            event = _json(files[number])
            if isinstance(event, dict) and isinstance(event.get("event_data", {}), dict):
                yield {"event_data": {}, **event, "event": str(event.get("event", ""))}
                continue
            problem = f"cannot be read ({files[number].name})"
        raise _unreadable(
            directory,
            f"is incomplete: event {number} {problem}",
            "An event that is missing may be the failure of a host.",
            "copy the whole directory from where the playbook ran",
        )


def _command(directory: Path) -> tuple[list[str], dict[str, str]]:
    """Return the words after the program's name, and the environment."""
    data = _json(directory / "command")
    words = data.get("command") if isinstance(data, dict) else None
    texts = [str(word) for word in words] if isinstance(words, list) else []
    places = [n for n, word in enumerate(texts) if Path(word).name == _PROGRAM]
    if not isinstance(data, dict) or not places:
        raise _unreadable(
            directory,
            f"does not say how `{_PROGRAM}` was called",
            "The file `command` alone tells a run in check mode, or of some tags, from a whole one."
            if data is None
            else f"The file `command` names no `{_PROGRAM}`.",
            "copy the whole directory from where the playbook ran",
        )
    environment = data.get("env")
    named = environment.items() if isinstance(environment, dict) else ()
    return texts[places[-1] + 1 :], {str(name): str(value) for name, value in named}


def _given_options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--"):
            begun, is_joined, value = word.partition("=")
            for name in _OPTIONS:
                if len(begun) > 2 and name.startswith(begun):
                    rest = value if is_joined else following
                    yield name, "" if name in _FLAGS else rest
        elif word.startswith("-"):
            for place, letter in enumerate(word[1:], 2):
                takes_value = letter in _WITH_VALUE
                if letter in _LONG:
                    yield _LONG[letter], (word[place:] or following) if takes_value else ""
                if takes_value:  # The rest of the word is the value.
                    break


def _is_navigator_artifact(file: Path) -> bool:
    data = _json(file)
    return isinstance(data, dict) and data.keys() >= _NAVIGATOR_KEYS


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _json(path: Path) -> Any:
    """Return a file's content; None when it is missing or not JSON."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _unreadable(directory: Path, what: str, why: str, how: str) -> InputError:
    return InputError(
        [Diagnostic("unreadable-recording", f"{directory} {what}", detail=why, hint=how)]
    )
