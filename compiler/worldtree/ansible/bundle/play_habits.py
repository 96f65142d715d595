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

from worldtree.ansible.bundle.own_names import GENERATED_DIRECTORIES, GENERATED_FILES
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
_OTHER_DIRS = (GENERATED_DIRECTORIES - {"plays"}) | {"templates"}


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
    plays = {node: bundle / "plays" / f"{file_stem(node)}.yml" for node in nodes}
    files = _BundleFiles(bundle, plays.values())
    stops = _any_of((*_STOPS_OTHERS, *files.actions_that_run_once))
    ends, clears = _any_of(_ENDS_HOSTS), _any_of(_CLEARS_ERRORS)
    stopping, ending, clearing = set(), set(), False
    for node, play in plays.items():
        texts = list(files.reached_from(play))
        if any(map(stops.search, texts)):
            stopping.add(node)
        if any(map(ends.search, texts)):
            ending.add(node)
        clearing = clearing or any(map(clears.search, texts))
    return PlayHabits(frozenset(stopping), frozenset(ending), clearing)


class _BundleFiles:
    """The files of a bundle that have tasks."""

    def __init__(self, bundle: Path, plays: Iterable[Path]) -> None:
        self._bundle = bundle
        self._plays = frozenset(plays)

    def reached_from(self, play: Path) -> Iterator[str]:
        """Yield the text of each file that a play may use, its own among them."""
        todo, found = [_text(play), *self._loose], set[str]()
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
        own = {*_OTHER_DIRS, *GENERATED_FILES}
        places = (place for place in self._bundle.iterdir() if place.name not in own)
        files = (file for place in places for file in (place, *_yaml_files(place)))
        return [_text(file) for file in files if _is_yaml(file) and file not in self._plays]


def _yaml_files(directory: Path) -> Iterator[Path]:
    return filter(_is_yaml, directory.rglob("*"))


def _is_yaml(path: Path) -> bool:
    return path.suffix in _YAML and path.is_file()


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
