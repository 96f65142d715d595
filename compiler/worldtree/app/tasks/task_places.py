"""Where the Ansible tasks of a log are written: in the document, a role, or a file beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

import yaml

from worldtree.ansible.content.yaml_files import UnreadableYamlError, compose_yaml, read_text
from worldtree.core.errors import DocPath, InputError
from worldtree.core.shown_results import ERROR_ORIGIN_KEY
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.node import Node
from worldtree.results.events import Event
from worldtree.results.tree import FailurePlace, TaskResult
from worldtree.spec.document import Document
from worldtree.spec.load import load_text

#: Sections of a play -> key of a step that is a play.
_SECTIONS = {
    "pre_tasks": "preTasks",
    "tasks": "tasks",
    "post_tasks": "postTasks",
    "handlers": "handlers",
}
#: Directories of a bundle that show the files of the bundle to the plays in them.
_PLAY_DIRECTORIES = ("plays", "rollback")
#: Directories of a bundle in which Ansible searches for files of steps.
_SEARCHED = ("templates", "files")


class Places(NamedTuple):
    """Places as text, ``file:line:column`` as far as they are known; None where they are not known.

    Files of the bundle are relative to it, as they are relative to the document.
    """

    #: The Ansible task.
    task: str | None = None
    #: What Ansible says is wrong, such as a line of a template.
    error: str | None = None

    @property
    def short(self) -> str:
        """``file:line`` of the error, or else of the task; empty where neither is known."""
        path, numbers = _split(self.error or self.task or "")
        return ":".join([path, *map(str, numbers[:1])])


#: Node and host -> the places of the failure there.
FailurePlaces = Mapping[NodeHost, Places]


class LogPlaces(Protocol):
    """Knows the places of entries of a log."""

    def of(self, entry: Event) -> Places:
        """Return the places of one entry."""
        ...


@dataclass
class TaskPlaces:
    """Finds places for the log of one task."""

    #: The task's frozen bundle.
    bundle: Path
    nodes: Mapping[str, Node]
    cluster: str
    #: The text that was compiled; None where only a bundle was applied.
    text: str | None = None
    #: The file of the document, as shown.
    file: str = "the document"

    def of(self, entry: Event) -> Places:
        """Return the places of one entry of the log."""
        return self._places(entry.node or "", entry.path, entry.result.get(ERROR_ORIGIN_KEY))

    def of_task(self, node: str, path: str | None) -> str | None:
        """Return the place of an Ansible task of a node, whose path Ansible reported."""
        return self._places(node, path, None).task

    def of_failures(self, result: TaskResult) -> FailurePlaces:
        """Return the places of the failures in a result."""
        found: dict[tuple[str, FailurePlace], Places] = {}
        places: dict[NodeHost, Places] = {}
        for node in result.nodes:
            for name, host in node.hosts.items():
                if (at := host.failure) is None:
                    continue
                # Many hosts fail at the same place.
                if (node.id, at) not in found:
                    found[node.id, at] = self._places(node.id, at.task, at.error)
                places[node.id, name] = found[node.id, at]
        return places

    def _places(self, node_id: str, task: str | None, error: str | None) -> Places:
        node = self.nodes.get(node_id)
        return Places(self._place(task, node), self._place(error, node) if error else None)

    def _place(self, written: str | None, node: Node | None) -> str | None:
        path, numbers = _split(written or "")
        inside = self._inside(path)
        if inside is None:
            return written
        shown = inside
        here = self.bundle / inside
        if inside.parts[0] in _PLAY_DIRECTORIES and len(inside.parts) > 1:
            is_play = len(inside.parts) == 2 and not here.is_symlink()
            if is_play and node is not None:
                in_document = self._in_document(here, numbers, node)
                return in_document or ":".join([str(inside), *map(str, numbers[:1])])
            # A link to what lies beside the plays.
            shown = inside if is_play else Path(*inside.parts[1:])
        if shown.parts[0] in _SEARCHED and (self.bundle / Path(*shown.parts[1:])).is_file():
            # The bundle has it once more, where Ansible searches.
            shown = Path(*shown.parts[1:])
        return ":".join([str(shown), *map(str, numbers)])

    def _inside(self, path: str) -> Path | None:
        """Return the path below the bundle, also of the state directory of another machine."""
        name = Path(*self.bundle.parts[-3:])  # tasks/ID/bundle
        before, found, inside = path.partition(f"/{name}/")
        return Path(inside) if found and before else None

    def _in_document(self, play: Path, numbers: list[int], node: Node) -> str | None:
        """Return the place in the document that a place in a play was made of."""
        if node.source is None or self._document is None:
            return None
        path: DocPath = node.source
        if node.play is not None and numbers:
            path = (*path, *_path_in_step(_yaml_path(play, numbers), node))
        return str(self._document.mark(path))

    @cached_property
    def _document(self) -> Document | None:
        try:
            found = load_text(self.text or "", self.file)
        except InputError:
            return None
        named = (one for one in found if one.value(("metadata", "name")) == self.cluster)
        return next(named, None)


def _split(written: str) -> tuple[str, list[int]]:
    """Return the file, and line and column, of ``file:line:column`` or ``file:line``."""
    parts = written.split(":")
    numbers: list[int] = []
    while len(parts) > 1 and parts[-1].isdigit() and len(numbers) < len(("line", "column")):
        numbers.insert(0, int(parts.pop()))
    return ":".join(parts), numbers


def _yaml_path(file: Path, numbers: list[int]) -> DocPath:
    """Return the path of the innermost value that begins at, or before, a place in ``file``.

    Without a column it is the mapping that begins in the line.
    """
    try:
        root, _ = compose_yaml(read_text(file), file)
    except UnreadableYamlError:
        return ()
    place = (numbers[0] - 1, numbers[1] - 1 if len(numbers) > 1 else None)
    return () if root is None else _path_below(root, place)


def _path_below(node: yaml.Node, place: tuple[int, int | None]) -> DocPath:
    line, column = place
    children: list[tuple[str | int, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        if column is None and node.start_mark.line == line:
            return ()
        children = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(index, item, item) for index, item in enumerate(node.value)]
    found: DocPath = ()
    for step, start, value in children:
        begin = start.start_mark
        wanted = (line, begin.column if column is None else column)
        if (begin.line, begin.column) <= wanted:
            found = (step, *_path_below(value, place))
    return found


def _path_in_step(path: DocPath, node: Node) -> DocPath:
    """Return the path in a step for one in the play that was made of it."""
    if len(path) < 2 or (section := _SECTIONS.get(str(path[1]))) is None:
        return ()
    rest = path[2:]
    if node.when is not None and rest[1:2] == ("block",):
        # The condition of the step is a block around its tasks.
        rest = rest[2:]
    return (section, *rest)
