"""What the plays of a bundle may do by which a host does not come to the end of one.

Only names are searched for, in everything that a play may include, so that more plays are found
than have the habit, and never fewer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from worldtree.plan.ids import file_stem

#: One host's failure may be that of others. ``pause`` and ``add_host`` run once for all hosts.
_STOPS_OTHERS = ("any_errors_fatal", "run_once", "max_fail_percentage", "pause", "add_host")
#: `meta` ends a play for hosts without a task in it, or for failed ones, which the run then keeps.
_ENDS_HOSTS = ("end_host", "end_play", "end_batch", "end_role")
_CLEARS_ERRORS = ("clear_host_errors",)
#: What an action plugin has that runs once for all hosts.
_RUNS_ONCE = "BYPASS_HOST_LOOP"
#: The name of a role that only a run knows.
_TEMPLATED_ROLE = re.compile(r"_role\b[^\n]*(?:\n\s+[^\n]*)?\{\{")
#: Directories of a role in which Ansible looks for tasks.
_TASK_DIRS = ("tasks", "handlers", "meta")
_YAML = frozenset({".yml", ".yaml"})
#: Directories of a bundle that are read otherwise, or hold no tasks.
_OTHER_DIRS = frozenset(
    {"collections", "inventory", "layers", "plays", "roles", "rollback", "templates"}
)


@dataclass(frozen=True, slots=True)
class PlayHabits:
    """The habits of the plays of a bundle."""

    #: Names of plays in which one host's failure may be that of others.
    stops_others: frozenset[str] = frozenset()
    #: Names of plays that `meta` may end for some hosts before their last task.
    ends_hosts: frozenset[str] = frozenset()
    #: `meta: clear_host_errors` is used.
    clears_errors: bool = False


def read_play_habits(bundle: Path, nodes: Iterable[str]) -> PlayHabits:
    """Return the habits of the plays of ``nodes`` in the bundle at that directory."""
    files = _BundleFiles(bundle)
    stops = _any_of((*_STOPS_OTHERS, *files.actions_that_run_once))
    ends, clears = _any_of(_ENDS_HOSTS), _any_of(_CLEARS_ERRORS)
    stopping, ending, clearing = set(), set(), False
    for node in nodes:
        texts = list(files.reached_from(node))
        if any(map(stops.search, texts)):
            stopping.add(node)
        if any(map(ends.search, texts)):
            ending.add(node)
        clearing = clearing or any(map(clears.search, texts))
    return PlayHabits(frozenset(stopping), frozenset(ending), clearing)


class _BundleFiles:
    """The files of a bundle that have tasks."""

    def __init__(self, bundle: Path) -> None:
        self._bundle = bundle

    def reached_from(self, node: str) -> Iterator[str]:
        """Yield the text of each file that the play of a node may use."""
        play = _text(self._bundle / "plays" / f"{file_stem(node)}.yml")
        todo, found = [play, *self._loose], set[str]()
        while todo:
            text = todo.pop()
            yield text
            is_any = _TEMPLATED_ROLE.search(text) is not None
            for name, texts in self._roles.items():
                if name not in found and (is_any or name.rpartition("/")[2] in text):
                    found.add(name)
                    todo += texts

    @cached_property
    def actions_that_run_once(self) -> tuple[str, ...]:
        """The names of the team's actions that run once for all hosts."""
        plugins = (*self._bundle.rglob("action_plugins/*.py"), *self._bundle.rglob("action/*.py"))
        return tuple({path.stem for path in plugins if _RUNS_ONCE in _text(path)})

    @cached_property
    def _roles(self) -> dict[str, list[str]]:
        """The texts of each role, those in collections included."""
        places = [self._bundle / "roles", *self._bundle.glob("collections/*/*/*/roles")]
        found: dict[str, list[str]] = {}
        for place in places:
            for part in _TASK_DIRS:
                for directory in place.rglob(part):
                    role = directory.parent
                    if directory.is_dir() and role != place:
                        texts = found.setdefault(str(role.relative_to(place)), [])
                        texts += map(_text, _yaml_files(directory))
        return found

    @cached_property
    def _loose(self) -> list[str]:
        """The texts of task files outside of roles."""
        directories = (path for path in self._bundle.iterdir() if path.is_dir())
        return [
            _text(file)
            for directory in directories
            if directory.name not in _OTHER_DIRS and not directory.name.startswith(".")
            for file in _yaml_files(directory)
        ]


def _yaml_files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.suffix in _YAML and path.is_file())


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
