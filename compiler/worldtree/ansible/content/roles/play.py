"""Reads the play that a step writes out: its tasks in the document and the files that they name."""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic.alias_generators import to_camel

from worldtree.ansible.content.file_digests import ContentFile
from worldtree.ansible.content.file_modes import permissions
from worldtree.ansible.content.places import node_mark
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.role_task import INCLUDES, RoleUse, iter_tasks
from worldtree.ansible.content.roles.task_shape import task_problems
from worldtree.ansible.content.roles.tasks import handler_names, summarise_tasks
from worldtree.ansible.content.yaml_files import UnreadableYamlError, read_yaml
from worldtree.core.errors import Diagnostic, DocPath, Severity
from worldtree.core.written_paths import home_path, is_file
from worldtree.plan.play_work import PlayWork
from worldtree.spec.yaml_tags import Vault, decode_tags

#: The key of the handlers that the document writes, until they are joined with its tasks.
_HANDLERS = "\0handlers"
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
#: Files that a pattern may mean; more is no list of task or variable files.
_MOST_MATCHES = 200


def import_of(path: str) -> dict[str, Any]:
    """Return the task that stands for a section which is a file, in the play and for checks."""
    return {"name": f"Run {path}", "ansible.builtin.import_tasks": path}


def read_play(
    work: PlayWork, name: str, base: Path, *, document: str = "", source: DocPath | None = None
) -> PlayInfo:
    """Return the play ``work`` of the step ``name``; problems are among its diagnostics.

    ``base`` is the directory of the document, ``document`` its file, ``source`` the place of the
    step in it.
    """
    reading = _PlayReader(base, document or str(base / "cluster.yaml"), source)
    reading.sections(work)
    reading.variables(work.vars_files)
    keywords = {k: v for k, v in work.keywords.items() if k != "tags"}
    reading.read_includes()
    tasks = summarise_tasks(
        reading.lists, [*reading.texts, json.dumps(work.vars_files)], parent=keywords
    )
    files = dict(tasks.files)
    own = [replace(task, file=reading.document) for task in files.pop(_HANDLERS, ())]
    files[reading.document] = (*files.get(reading.document, ()), *own)
    lists = [(reading.document if f == _HANDLERS else f, data) for f, data, _ in reading.lists]
    return PlayInfo(
        name=name,
        path=base / "<plays>" / name,
        origin="team",
        entries={"main": Path(reading.document)},
        task_files=frozenset({"main"}),
        other_vars=frozenset(reading.names),
        vaulted_files=tuple(reading.vaulted),
        handlers=handler_names(reading.lists),
        dependencies=tuple(
            RoleUse(
                one.role,
                "dependency",
                one.entry,
                keywords={**keywords, **_role_keywords(one)},
            )
            for one in work.roles
        ),
        tasks=replace(tasks, files=files),
        diagnostics=tuple(reading.diagnostics),
        document=reading.document,
        written="\n".join(_texts(work.model_dump(mode="json"))),
        lists=tuple(lists),
        includes=reading.includes,
        read_files=tuple(sorted(reading.files.values(), key=lambda file: file.relative)),
    )


def _texts(value: Any) -> Iterator[str]:
    """Yield every key and text in ``value`` as it is: JSON would quote keys and escape lines."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _below(place: Path, pattern: str) -> list[str]:
    # `Path.glob` raises for texts that are no paths.
    return sorted(glob.glob(pattern, root_dir=place, include_hidden=True))  # noqa: PTH207


def _role_keywords(call: Any) -> dict[str, Any]:
    found = dict(call.keywords)
    if call.when is not None:
        found["when"] = call.when
    if call.tags:
        found["tags"] = list(call.tags)
    return found


@dataclass
class _PlayReader:
    base: Path
    document: str
    source: DocPath | None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    lists: list[tuple[str, object, bool]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    includes: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    files: dict[str, ContentFile] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    vaulted: list[str] = field(default_factory=list)

    # ---- sections of the play --------------------------------------------------------------------

    def sections(self, work: PlayWork) -> None:
        tasks: list[Any] = []
        handlers: list[Any] = []
        for section, written in work.sections():
            wanted = handlers if section == "handlers" else tasks
            if isinstance(written, str):
                if self._is_there(written, to_camel(section)):
                    wanted.append(import_of(written))
                continue
            data = decode_tags(list(written))
            self._check(data, (to_camel(section),))
            wanted.extend(data)
        self.texts.append(json.dumps([tasks, handlers], default=str))
        self.lists += [(self.document, tasks, False), (_HANDLERS, handlers, True)]

    def _is_there(self, written: str, *keys: str | int) -> bool:
        path = home_path(written)
        if path.is_absolute() or ".." in path.parts:
            self._report(
                "step-file-outside",
                f"`{written}` is outside the document's directory",
                "A bundle contains all files that its plays read, below its own directory.",
                "put the file beside the document or below it",
                keys,
            )
            return False
        if not is_file(self.base / path):
            self._report(
                "step-file-not-found",
                f"there is no file `{written}`",
                f"Paths are relative to the document's directory: {self.base / path}.",
                "write the file, or correct the path",
                keys,
            )
            return False
        return True

    def _check(self, data: object, keys: tuple[str | int, ...], file: Path | None = None) -> None:
        for problem in task_problems(data, () if file else keys):
            path = None if file or self.source is None else (*self.source, *problem.keys)
            self.diagnostics.append(
                Diagnostic(
                    "not-a-task",
                    problem.summary,
                    detail=problem.detail,
                    hint=problem.hint,
                    path=path,
                    mark=node_mark(file, problem.keys) if file else None,
                )
            )

    def _report(
        self, slug: str, summary: str, detail: str, hint: str, keys: Iterable[str | int]
    ) -> None:
        path = None if self.source is None else (*self.source, *keys)
        self.diagnostics.append(Diagnostic(slug, summary, detail=detail, hint=hint, path=path))

    # ---- files -----------------------------------------------------------------------------------

    def read_includes(self) -> None:
        """Read the files that tasks include, as far as their names are known."""
        waiting = list(self.lists)
        while waiting:
            key, data, in_handlers = waiting.pop(0)
            at = self.document if key == _HANDLERS else key
            for task in iter_tasks(data, at, in_handlers=in_handlers):
                if task.action not in INCLUDES:
                    continue
                name = task.include_name
                found = [str(path) for path in self._matches(name, Path(at).parent)]
                self.includes[at, name] = tuple(found)
                for path in found:
                    if path not in self.files:
                        waiting += self._read_tasks(Path(path), in_handlers=in_handlers)

    def _read_tasks(self, path: Path, *, in_handlers: bool) -> Iterator[tuple[str, object, bool]]:
        self._add_file(path)
        try:
            data = read_yaml(path)
        except UnreadableYamlError as problem:
            self.diagnostics.append(problem.diagnostic)
            return
        if isinstance(data, Vault):
            return
        self._check([] if data is None else data, (), path)
        self.texts.append(path.read_text(encoding="utf-8", errors="ignore"))
        self.lists.append((str(path), data, in_handlers))
        yield str(path), data, in_handlers

    def _add_file(self, path: Path) -> None:
        relative = path.relative_to(self.base).as_posix()
        mode = permissions(path.stat().st_mode)
        self.files[str(path)] = ContentFile(relative, path, mode)

    def _matches(self, name: str, near: Path) -> list[Path]:
        """Return the files that an include may mean, in Ansible's order; those outside are none."""
        for place in (near, self.base, self.base / "tasks", self.base / "handlers"):
            found = self._glob(place, name)
            if found:
                return found
        return []

    def _glob(self, place: Path, name: str) -> list[Path]:
        fixed = _TEMPLATE.split(name)
        if not "".join(fixed).strip("/. ") or Path(name).is_absolute():
            return []
        # Templates side by side are one `*`: two of them mean any directory.
        pattern = re.sub(r"\*\*+", "*", "*".join(map(glob.escape, fixed)))
        found = _below(place, pattern) if len(fixed) > 1 else [name]
        known = [Path(os.path.normpath(place / one)) for one in found]
        known = [path for path in known if is_file(path)]
        inside = [path for path in known if path.is_relative_to(self.base)]
        return inside[:_MOST_MATCHES]

    # ---- variables -------------------------------------------------------------------------------

    def variables(self, written: tuple[str | tuple[str, ...], ...]) -> None:
        for number, item in enumerate(written):
            names = (item,) if isinstance(item, str) else item
            is_fixed = isinstance(item, str) and not _TEMPLATE.search(item)
            if is_fixed and not self._is_there(str(item), "varsFiles", number):
                continue
            for name in names:
                for place in (self.base, self.base / "vars"):
                    for path in self._glob(place, name):
                        self._read_variables(path)

    def _read_variables(self, path: Path) -> None:
        self._add_file(path)
        try:
            data = read_yaml(path, Severity.ERROR)
        except UnreadableYamlError as problem:
            self.diagnostics.append(problem.diagnostic)
            return
        if isinstance(data, Vault):
            self.vaulted.append(path.relative_to(self.base).as_posix())
        elif isinstance(data, Mapping):
            self.names.update(map(str, data))
        elif data is not None:
            self.diagnostics.append(
                Diagnostic(
                    "unreadable-role-file",
                    f"`{path.name}` is not a mapping of variables",
                    detail=f"{path} must be a mapping of names to values.",
                    hint="correct the file",
                    mark=node_mark(path, ()),
                )
            )
