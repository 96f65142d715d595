"""Compares what Ansible lists of playbooks with what it lists of a compiled document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from worldtree.ansible.content.playbooks.listing import ListedPlay, ListedTask
from worldtree.app.documents.playbook_import.keywords import FACTS_TASK, OUTSIDE_TASK

#: Pipeline, module, task and step.
_NODE_PARTS = 4
_ROLE = re.compile(r"(?P<role>\S+) : ")


@dataclass(frozen=True, slots=True)
class PlayDifference:
    """A difference between a play and the step of the document."""

    module: str
    play: str
    text: str

    def __str__(self) -> str:
        play = f" ({self.play})" if self.play else ""
        return f"{self.module}{play}: {self.text}"


def compare_plays(
    names: Sequence[str],
    plays: Sequence[ListedPlay],
    bundle: Sequence[ListedPlay],
    narrowed: Collection[str] = (),
) -> list[PlayDifference]:
    """Return the differences of ``plays``, which are the modules ``names``, to those of a bundle.

    Hosts of the modules ``narrowed`` are not compared: they are known only when the play runs.
    The plays of a bundle are named by their nodes, `pipeline/module/task/step`; a module without
    any has no hosts.
    """
    by_module: dict[str, list[ListedPlay]] = {}
    for play in bundle:
        if (module := _module(play.name)) is not None:
            by_module.setdefault(module, []).append(play)
    found: list[PlayDifference] = []
    if len(names) != len(plays):
        text = f"Ansible lists {len(plays)} plays, the import reads {len(names)}"
        return [PlayDifference("all", "", text)]
    for name, play in zip(names, plays, strict=True):
        ours = by_module.pop(name, [])
        texts = _differences(play, ours, hosts=name not in narrowed)
        found += [PlayDifference(name, play.name, text) for text in texts]
    found += [
        PlayDifference(name, "", "the playbooks have no such play")
        for name, extra in by_module.items()
        if any(play.tasks for play in extra)
    ]
    return found


def _module(name: str) -> str | None:
    """Return the module of a node's play; None for a play between layers."""
    parts = name.split("/")
    return parts[1] if len(parts) == _NODE_PARTS else None


def _differences(play: ListedPlay, ours: Sequence[ListedPlay], *, hosts: bool) -> Iterator[str]:
    tasks = [
        task
        for one in ours
        for task in one.tasks
        if task.name != FACTS_TASK and not task.name.startswith(OUTSIDE_TASK)
    ]
    if hosts:
        if not play.hosts and not ours:
            return
        yield from _sets("hosts", set(play.hosts), {host for one in ours for host in one.hosts})
    before, after = _counted(play.tasks), _counted(tasks)
    yield from (f"the task `{name}` is missing" for name in _more(before, after))
    yield from (f"the task `{name}` is not in the play" for name in _more(after, before))
    if before == after:
        if [_name(task) for task in play.tasks] != [_name(task) for task in tasks]:
            yield "the tasks have another order"
        for theirs, mine in zip(play.tasks, tasks, strict=True):
            if theirs.tags != mine.tags:
                yield from _sets(f"tags of `{_name(theirs)}`", set(theirs.tags), set(mine.tags))


def _sets(what: str, theirs: set[str], ours: set[str]) -> Iterator[str]:
    if theirs - ours:
        yield f"{what}: without {', '.join(sorted(theirs - ours))}"
    if ours - theirs:
        yield f"{what}: with {', '.join(sorted(ours - theirs))} in addition"


def _counted(tasks: Sequence[ListedTask]) -> Mapping[str, int]:
    return Counter(_name(task) for task in tasks)


def _more(first: Mapping[str, int], second: Mapping[str, int]) -> list[str]:
    return [name for name, number in first.items() if number > second.get(name, 0)]


def _name(task: ListedTask) -> str:
    """Return the name of a task; a role counts by the last part of its name."""
    return _ROLE.sub(lambda found: f"{found['role'].rpartition('/')[2]} : ", task.name, count=1)
