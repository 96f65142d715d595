"""Finds the task of a team's role or of a step that makes a group while it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from worldtree.spec.cluster import Cluster, ClusterPlay

#: Actions that add hosts to groups.
_ACTION = re.compile(
    r"^\s*(?:-\s+)?[\"']?(?:ansible\.(?:builtin|legacy)\.)?(?:add_host|group_by)[\"']?\s*:", re.M
)
#: Files of further tasks whose path is no template.
_INCLUDED = re.compile(
    r"\b(?:import|include)_tasks[\"']?\s*:\s*(?:\{?\s*[\"']?file[\"']?\s*[:=]\s*)?"
    r"[\"']?([^\s\"'{}]+\.ya?ml)\b"
)
#: What names groups, a line or a list, and in it names with a template.
_NAMED = re.compile(
    r"\b(?:key|parents|groups?|groupname)[\"']?\s*[:=]"
    r"(\s*\[[^\]]*\]|[^\S\n]*(?:#.*)?(?:\n\s*-\s.*)+|.*)"
)
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_WITH_TEMPLATE = re.compile(r"[\w-]*(?:\{\{.*?\}\}[\w-]*)+")


class GroupMakers:
    """The tasks of a document that add hosts to groups: those of its roles and of its steps."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def find(self, group: str) -> str | None:
        """Return the task file that adds hosts to ``group``, or the step that has such tasks.

        A file counts that has such an action, and the group's name as a word or as what a template
        of a name may become.
        """
        word = re.compile(rf"(?<![\w-]){re.escape(group)}(?![\w-])")
        return next(
            (
                shown
                for shown, text in self._texts
                if word.search(text) or any(one.fullmatch(group) for one in _templates(text))
            ),
            None,
        )

    @cached_property
    def _texts(self) -> tuple[tuple[str, str], ...]:
        """What to call each list of tasks that has such an action, and its text."""
        found = (*self._of_roles(), *self._of_steps())
        return tuple((shown, text) for shown, text in found if _ACTION.search(text))

    def _of_roles(self) -> Iterator[tuple[str, str]]:
        for written in self._cluster.roles_path:
            root = self._cluster.path(written)
            for file in sorted([*root.glob("**/tasks/**/*.yml"), *root.glob("**/tasks/**/*.yaml")]):
                yield str(Path(written) / file.relative_to(root)), _text(file)

    def _of_steps(self) -> Iterator[tuple[str, str]]:
        seen: set[Path] = set()
        for name, play in self._plays():
            for tasks in (play.pre_tasks, play.tasks, play.post_tasks, play.handlers):
                if isinstance(tasks, str):
                    yield from self._of_file(tasks, seen)
                elif tasks:
                    text = json.dumps(tasks, indent=0)
                    yield f"a task of the step `{name}`", text
                    yield from self._of_included(text, "", seen)

    def _plays(self) -> Iterator[tuple[str, ClusterPlay]]:
        for module in self._cluster.modules:
            for task in module.tasks:
                for step in task.steps:
                    if step.play is not None:
                        yield f"{module.name}/{task.name}/{step.name}", step.play
        for hook in self._cluster.hooks:
            if hook.step.play is not None:
                yield f"hooks/{hook.when}/{hook.name}", hook.step.play

    def _of_file(self, written: str, seen: set[Path]) -> Iterator[tuple[str, str]]:
        file = self._cluster.path(written)
        if file in seen or not file.is_file():
            return
        seen.add(file)
        text = _text(file)
        yield written, text
        yield from self._of_included(text, str(Path(written).parent), seen)

    def _of_included(self, text: str, directory: str, seen: set[Path]) -> Iterator[tuple[str, str]]:
        """Yield the files that tasks include: beside their own file, or beside the document."""
        for path in _INCLUDED.findall(text):
            beside = str(Path(directory) / path)
            yield from self._of_file(beside, seen)
            yield from self._of_file(path, seen)


def _templates(text: str) -> Iterator[re.Pattern[str]]:
    """Yield a pattern for each name of a group that is a template with some text around it."""
    for line in _NAMED.findall(text):
        for name in _WITH_TEMPLATE.findall(line):
            parts = _TEMPLATE.split(name)
            if any(parts):
                yield re.compile(".+".join(re.escape(part) for part in parts))


def _text(file: Path) -> str:
    """Return the text of a file; none where it cannot be read, which other checks report."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
