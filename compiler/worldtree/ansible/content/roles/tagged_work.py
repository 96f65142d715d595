"""Which tasks of a step the tags select, as far as that is known before a play runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from worldtree.ansible.content.roles.index import RoleIndex
from worldtree.ansible.content.roles.model import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.role_task import INCLUDES, RoleTask, RoleUse, included_files
from worldtree.ansible.model.keywords import inherit_keywords
from worldtree.ansible.model.tag_choice import EVERY_TASK, NEVER, Tag, TagChoice
from worldtree.spec.jinja_syntax import is_template

#: ``whole``: the tasks that run without options, or all of a step with the tag ``never``, none
#: of which runs without; ``part``: others, or fewer; ``unknown``: perhaps none, since templates
#: decide; ``none``: no task.
Selected = Literal["whole", "part", "unknown", "none"]

#: Task lists that are followed, each once for each set of inherited tags.
_MOST_LISTS = 1000


@dataclass(frozen=True, slots=True)
class TaggedWork:
    """What tags select of the work of one step."""

    selected: Selected
    #: The tags of its tasks, as far as they are known.
    tags: frozenset[Tag]
    #: Whether some of its tags or tasks are known only when the play runs.
    has_unknown: bool


@dataclass(frozen=True, slots=True)
class _Reach:
    """Whether a task is reached, without options and with them; None: a template decides."""

    whole: bool | None = True
    chosen: bool | None = True

    def within(self, outer: _Reach) -> _Reach:
        return _Reach(_both(outer.whole, self.whole), _both(outer.chosen, self.chosen))


def _both(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return True if a and b else None


def tagged_work(
    choice: TagChoice,
    tags: Collection[Tag],
    role: RoleInfo | None,
    entry: str,
    roles: RoleIndex,
) -> TaggedWork:
    """Return what ``choice`` selects of a step with ``tags`` that runs ``entry`` of ``role``.

    A play that a step writes out is given as its ``PlayInfo``; None is a built-in step.
    """
    reading = _Reader(choice, roles, is_never=NEVER in tags)
    if role is None:
        reading.note(tags, _Reach())
    else:
        reading.read_entry(role, entry, {"tags": list(tags)}, _Reach())
    return TaggedWork(reading.selected, frozenset(reading.tags), reading.has_unknown)


@dataclass
class _Reader:
    choice: TagChoice
    roles: RoleIndex
    is_never: bool = False
    tags: set[Tag] = field(default_factory=set)
    has_unknown: bool = False
    #: How the tasks are reached.
    found: set[_Reach] = field(default_factory=set)
    seen: set[tuple[str, str, frozenset[Tag], _Reach]] = field(default_factory=set)

    @property
    def selected(self) -> Selected:
        if all(one.chosen is False for one in self.found):
            return "none"
        if self.is_never and all(one.whole is False and one.chosen for one in self.found):
            return "whole"
        if all(one.whole is one.chosen is not None for one in self.found):
            return "whole"
        return "part" if any(one.chosen for one in self.found) else "unknown"

    def note(self, tags: Collection[Tag], outer: _Reach) -> _Reach:
        """Note a task with ``tags``; return how it is reached."""
        found = self._reach(tags, outer)
        self.found.add(found)
        return found

    def _reach(self, tags: Collection[Tag], outer: _Reach) -> _Reach:
        known = [tag for tag in tags if not is_template(tag)]
        self.tags.update(known)
        self.has_unknown |= len(known) < len(tags)
        rules = (EVERY_TASK, self.choice)
        return _Reach(*(rule.runs_as_far_as_known(tags) for rule in rules)).within(outer)

    def _note_unknown(self, outer: _Reach) -> None:
        """Note tasks that cannot be read; they may have any tags."""
        self.has_unknown = True
        self.found.add(_Reach(None, None).within(outer))

    def read_entry(
        self, role: RoleInfo, entry: str, parent: Mapping[str, Any], outer: _Reach
    ) -> None:
        """Note the tasks of an entry point and of the roles that come before it."""
        for use in role.dependencies:
            self._read_role(use, role, inherit_keywords(use.keywords, parent), outer)
        if isinstance(role, PlayInfo):
            self._read_list(role, entry, role.document, parent, outer)
        elif role.has_entry(entry):
            paths = (f"tasks/{entry}.yml", f"tasks/{entry}.yaml")
            known = next((path for path in paths if path in role.tasks.files), None)
            if known is None:
                self._note_unknown(outer)
            else:
                self._read_list(role, entry, known, parent, outer)

    def _read_role(
        self, use: RoleUse, near: RoleInfo, parent: Mapping[str, Any], outer: _Reach
    ) -> None:
        for one in use.single:
            found = list(self.roles.meant_by(one, near))
            if not found:
                self._note_unknown(outer)
            for role in found:
                self.read_entry(role, one.entry, parent, outer)

    def _read_list(
        self, role: RoleInfo, entry: str, file: str, parent: Mapping[str, Any], outer: _Reach
    ) -> None:
        context = RoleTask(file, inherit_keywords({}, parent), "", None)
        key = (str(role.path), file, frozenset(context.tags), outer)
        if key in self.seen:
            return
        self.seen.add(key)
        if len(self.seen) > _MOST_LISTS:
            self._note_unknown(outer)
            return
        for written in role.tasks.files.get(file, ()):
            if written.in_handlers:
                continue
            task = written.within(context.data)
            if task.role_use is not None:
                reach = outer if task.is_import else self._reach(task.tags, outer)
                self._read_role(task.role_use, role, task.passed_on, reach)
            elif task.action in INCLUDES:
                reach = outer if task.is_import else self._reach(task.tags, outer)
                files = list(self._files(role, entry, task))
                if not files:
                    self._note_unknown(reach)
                for inner in files:
                    self._read_list(role, entry, inner, task.passed_on, reach)
            else:
                self.note(task.tags, outer)

    @staticmethod
    def _files(role: RoleInfo, entry: str, task: RoleTask) -> Iterator[str]:
        if isinstance(role, PlayInfo):
            yield from (file for file in role.included(task) if file in role.tasks.files)
        else:
            yield from included_files(task, role.tasks.files, entry)
