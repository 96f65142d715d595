"""Follows the tasks of plays and roles, and carries the files that they can mean."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from worldtree.ansible.content.possible_values import ANY, FOUND, PossibleValues
from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.role_task import RoleTask, iter_tasks
from worldtree.ansible.content.task_file_names import (
    NamedFiles,
    files_in_values,
    loop_values,
    named_files,
)
from worldtree.ansible.content.yaml_files import UnreadableYamlError, read_yaml
from worldtree.compile.carried_files import CarriedFilesFinder
from worldtree.compile.carry_answers import CarryAnswers, is_any
from worldtree.compile.inventory_values import add_values
from worldtree.core.errors import DiagnosticBag, Mark

#: Slug of the warning; its subject is the task.
NOT_KNOWN = "task-files-not-known"
#: Directories of a role in which Ansible looks for relative names.
_PLACES = ("files", "templates", "tasks", "vars", "handlers", "")
#: Task lists of one play that are followed, each once for each set of values.
_MOST_LISTS = 500


class PlayFilesFinder:
    """Adds files to ``finder``; ``bag`` gets a warning for each text that may be any name.

    ``values`` are those of the inventory. ``answers`` are those of the document, which end the
    warning.
    """

    def __init__(
        self,
        finder: CarriedFilesFinder,
        values: Mapping[str, list[Any]],
        bag: DiagnosticBag,
        answers: CarryAnswers,
    ) -> None:
        self._finder, self._values, self._bag = finder, values, bag
        self._answers = answers
        self._told: set[tuple[str, str, str]] = set()
        self._seen: set[tuple[Path, str]] = set()

    def add(self, play: PlayInfo, variables: Mapping[str, Any]) -> None:
        """Add what the tasks of ``play`` can mean; ``variables`` are those of its step."""
        values = {name: list(found) for name, found in self._values.items()}
        tasks = [task for found in play.tasks.files.values() for task in found]
        for one in (variables, *_of_files(play), *(_facts(task) for task in tasks)):
            add_values(values, one)
        for name in play.tasks.registers & values.keys():
            values[name].append(ANY)
        known = PossibleValues(values)
        self._seen.clear()
        where = Path(play.document)
        for named in files_in_values(variables, known):
            self._take(named, where, play, f"the variables of {play.label}")
        for file, data in play.lists:
            if file == play.document:
                self._follow(data, where, play, known)

    def add_role(self, role: RoleInfo, overridden: frozenset[str]) -> None:
        """Add what the tasks of a team's role name beside the document, and the role has not.

        ``overridden`` are defaults of the role that no play uses. Names that begin with a value of
        the run are those of the role's own files.
        """
        values = {name: list(found) for name, found in self._values.items()}
        defaults = {k: value for k, value in role.defaults.items() if k not in overridden}
        for variables in (defaults, role.vars):
            add_values(values, variables)
        outer = PossibleValues(values)
        for file, tasks in role.tasks.files.items():
            for task in tasks:
                own = task.data.get("vars")
                known = outer.also(own) if isinstance(own, Mapping) else outer
                known = known.having(loop_values(task, known))
                for named in named_files(task, known):
                    mark = _mark(role.path / file, named.written, f"the task `{task.name}`")
                    for name in dict.fromkeys(named.names):
                        if name[:1] not in ("", ANY, "~", "/", ".") and not _has(role, name):
                            self._finder.add_named(named, name, mark, str(role.path))

    def _follow(self, data: object, file: Path, play: PlayInfo, outer: PossibleValues) -> None:
        for task in iter_tasks(data, str(file)):
            own = task.data.get("vars")
            known = outer.also(own) if isinstance(own, Mapping) else outer
            known = known.having(loop_values(task, known))
            for named in named_files(task, known):
                found = self._take(named, file, play, f"the task `{task.name}`")
                for inner in found if named.is_tasks else ():
                    self._include(inner, play, known)

    def _include(self, file: Path, play: PlayInfo, known: PossibleValues) -> None:
        key = (file, repr(sorted(known.variables.items(), key=lambda one: one[0])))
        if key in self._seen or len(self._seen) >= _MOST_LISTS or not file.is_file():
            return
        self._seen.add(key)
        try:
            data = read_yaml(file)
        except UnreadableYamlError:  # Reported with the play, or where the run includes it.
            return
        self._follow(data, file, play, known)

    def _take(self, named: NamedFiles, file: Path, play: PlayInfo, who: str) -> list[Path]:
        found: list[Path] = []
        unknown: list[str] = []
        mark = _mark(file, named.written, who)
        for name in dict.fromkeys(named.names):
            if FOUND in name or name.startswith("~"):
                continue
            here = [] if is_any(name) else self._finder.add_named(named, name, mark, str(play.path))
            found += here
            if name.startswith(ANY) and not here and not self._answers.covers(name, _name(who)):
                unknown.append(name)
        if unknown:
            self._warn(named.written, unknown, mark, who)
        return list(dict.fromkeys(found))

    def _warn(self, written: str, names: list[str], mark: Mark, who: str) -> None:
        key = (mark.file, written, who)
        if key in self._told:
            return
        self._told.add(key)
        carry = "carry: [PATH]"
        if any(map(is_any, names)):
            carry += f", carriedFor: [{_name(who)}]"
        self._bag.warning(
            "task-files-not-known",
            f"{who} names files that are known only when it runs: `{_in_one_line(written)}`",
            detail="The bundle does not get them, unless other names lead to them, or they are in"
            " `files/`, `templates/`, `tasks/` or `vars/` beside the document. A run fails there,"
            " and a loop over files that are not there does nothing.",
            hint=f"name the files, or their directory, in `spec: {{ansible: {{{carry}}}}}`",
            mark=mark,
            subject=who,
        )


def _has(role: RoleInfo, name: str) -> bool:
    """Whether a role has a file that ``name`` may mean; it is in the bundle then."""
    if FOUND in name:
        return True
    pattern = "*".join(map(glob.escape, name.split(ANY)))
    # `Path.glob` raises for texts that are no paths.
    places = [role.path / place for place in _PLACES]
    return any(glob.glob(pattern, root_dir=place) for place in places)  # noqa: PTH207


def _of_files(play: PlayInfo) -> Iterable[Mapping[str, Any]]:
    """Yield the variables of the files that a play reads."""
    for file in play.content:
        if str(file.path) not in play.tasks.files:
            try:
                data = read_yaml(file.path)
            except UnreadableYamlError:  # Reported with the play.
                continue
            if isinstance(data, Mapping):
                yield data


def _facts(task: RoleTask) -> Mapping[str, Any]:
    is_fact = task.action == "ansible.builtin.set_fact" and isinstance(task.args, Mapping)
    return task.args if is_fact else {}


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _name(who: str) -> str:
    """Return the name of a task or step from what messages call it."""
    return who.partition("`")[2].rstrip("`")


def _mark(file: Path, written: str, who: str) -> Mark:
    """Return the place of ``written`` behind the task's name; that of the file if not found."""
    text = file.read_text(encoding="utf-8", errors="ignore")
    name = _name(who)
    named = re.search(rf"name:\s*[\"']?{re.escape(name)}(?![\w-])", text) if name else None
    at = text.find(written, named.start() if named else 0)
    if at < 0 and named is None:
        return Mark.of_file(str(file))
    at = named.start() if at < 0 and named is not None else at
    return Mark(str(file), text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
