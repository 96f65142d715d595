"""Whether a recorded run is one of a bundle, and whether its results may be taken over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.core.errors import Diagnostic, InputError
from worldtree.core.text import and_more
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.runner.control.recorded_run import RecordedRun

#: Most plays or files that a message names.
_MAX_NAMED = 5
_LISTING = frozenset({"--list-hosts", "--list-tags", "--list-tasks", "--syntax-check"})
#: Plays of a bundle that are no node's.
_OTHER_PLAYS = re.compile(r"Barrier before layer \S+(?: \(\d+\))?|Nothing to do")


def refuse_other_run(run: RecordedRun, bundle: Path, plan: Plan) -> None:
    """Raise ``InputError`` for a run that is not of ``bundle``, or did not do its work."""
    problem = next(_problems(run, bundle, plan), None)
    if problem is not None:
        summary, detail, hint = problem
        raise InputError(
            [Diagnostic("recording-does-not-fit", f"{run.directory} {summary}", detail, hint)]
        )


def _problems(run: RecordedRun, bundle: Path, plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield summary, reason and remedy of each problem."""
    if "--check" in run.options:
        why = "`--check` changes nothing, so that no node of it is done."
        yield "was recorded in check mode", why, "import the run that made the changes"
    if listing := run.options.keys() & _LISTING:
        why = "Such a call of ansible-playbook runs nothing."
        yield f"was recorded with `{min(listing)}`", why, "import the run that made the changes"
    playbook = Path(run.playbook)
    if playbook.name == "rollback.yml" or playbook.parent.name == "rollback":
        yield (
            f"is a run of `{run.playbook}`, which undoes work",
            "An imported task records what was done. What was undone by hand counts as unknown.",
            "apply the document again, which finds out what is left to do",
        )
    yield from _foreign_parts(run, bundle, plan)


def _foreign_parts(run: RecordedRun, bundle: Path, plan: Plan) -> Iterator[tuple[str, str, str]]:
    nodes = plan.graph.nodes
    other = f"name the bundle that was run: `--dir DIR`; {bundle} is not it"
    plays = dict.fromkeys(
        str(event["event_data"].get("play", ""))
        for event in run.events
        if event["event"] == "playbook_on_play_start"
    )
    unknown = [name for name in plays if name not in nodes and not _OTHER_PLAYS.fullmatch(name)]
    if unknown:
        named = and_more([f"`{name}`" for name in unknown], _MAX_NAMED)
        yield f"is not a run of the bundle {bundle}: unknown plays {named}", "", other
    if not any(name in nodes for name in plays):
        why = "ansible-playbook ended before the first one."
        yield "has no play of a node", why, "the file `stdout` of the recording has the reason"
    if run.selection and not hosts_seen(run):
        why = f"`{run.selection_text}` left out all of them."
        yield "ran no task on a host", why, "import the run that made the changes"
    lines = _LineCounts(bundle)
    places = dict.fromkeys(
        str(event["event_data"]["task_path"])
        for event in run.events
        if event["event_data"].get("task_path") and event["event_data"].get("play") in nodes
    )
    missing = [place for place in places if not lines.has(place)]
    if missing:
        named = and_more(missing, _MAX_NAMED)
        why = f"These tasks are not in it: {named}."
        yield f"is not a run of the bundle {bundle} as it is", why, other


class _LineCounts:
    """The files of a bundle and their lines."""

    def __init__(self, bundle: Path) -> None:
        self._bundle = bundle
        self._lines: dict[str, int] = {}

    def has(self, place: str) -> bool:
        """Whether the bundle has ``FILE:LINE``, wherever it was when it ran."""
        path, _, line = place.rpartition(":")
        return any(int(line) <= count for count in self._counts(path)) if line.isdigit() else False

    def _counts(self, path: str) -> Iterable[int]:
        """Yield the lines of each file of the bundle that may be the one at ``path``."""
        parts = Path(path).parts
        # A name alone does not identify a file.
        for start in range(len(parts) - 1):
            relative = str(Path(*parts[start:])).lstrip("/")
            if relative not in self._lines:
                file = self._bundle / relative
                self._lines[relative] = _count_lines(file) if file.is_file() else 0
            if self._lines[relative]:
                yield self._lines[relative]


def _count_lines(file: Path) -> int:
    return len(file.read_bytes().splitlines())


def hosts_seen(run: RecordedRun) -> Mapping[str, None]:
    """Return the hosts with an event."""
    hosts = (event["event_data"].get("host") for event in run.events)
    return dict.fromkeys(host for host in hosts if isinstance(host, str))
