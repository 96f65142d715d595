"""Writes the step that is a whole play: its keywords, variables, roles and tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from worldtree.ansible.content.playbooks.model import ImportedPlay, Keyword, text_list
from worldtree.app.documents.playbook_import.exact_yaml import is_plain_data
from worldtree.app.documents.playbook_import.keywords import (
    FACTS_TASK,
    PLAY_KEYS,
    REFUSED,
    TASK_LISTS,
)
from worldtree.app.documents.playbook_import.moved_paths import MovedPaths
from worldtree.app.documents.playbook_import.prompts import Prompts
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.role_entries import role_lines
from worldtree.app.documents.playbook_import.role_places import RolePlaces
from worldtree.app.documents.playbook_import.task_files import TaskFiles, with_first_task
from worldtree.app.documents.playbook_import.text import (
    comment_lines,
    data_lines,
    plain,
    reads_as,
    source_lines,
)
from worldtree.app.documents.playbook_import.variables import variables_of
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.reserved import reserved_reason

#: Column of the keys of a step.
INDENT = 14
#: Keywords that are said elsewhere in the document, or below.
_ELSEWHERE = frozenset({"name", "hosts", "serial", "tags", "vars_prompt", "gather_facts"})
#: Longer lists of tasks are files of their own.
_MAX_INLINE_LINES = 40


@dataclass
class StepWriter:
    """Writes the step of one play; what it cannot say goes to ``report``."""

    imported: ImportedPlay
    #: The directory of the document.
    base: Path
    files: TaskFiles
    report: ImportReport
    places: RolePlaces
    prompts: Prompts
    #: Whether a play without `gather_facts` gathers facts.
    gathers: bool = True
    #: A task before all others.
    first_task: dict[str, Any] | None = None
    _lines: list[str] = field(default_factory=list)
    #: Whether roles or tasks of the play are among the lines.
    _has_work: bool = False
    #: File of the variables that a document cannot say.
    _exact_vars: str = ""

    def lines(self) -> list[str]:
        """Return the lines of the step's keys."""
        play = self.imported.play
        self._gather_facts(play.get("gather_facts"))
        self._data("when", list(self.imported.import_when))
        self._comments("tags")
        if not self._inner_tags:
            self._data("tags", list(self.imported.tags))
        self._serial(play.get("serial"))
        # Variables of prompts and imports stand together with the play's own.
        if play.get("vars") is None:
            self._vars(None)
        if self.first_task is not None and not play.value("pre_tasks"):
            self._data("preTasks", [self.first_task])
        if self.imported.collection:
            # What Ansible does for the playbooks of a collection.
            own = list(text_list(play.value("collections")))
            self._data("collections", [self.imported.collection, *own])
        for keyword in play.keywords:
            self._keyword(keyword)
        if not self._has_work:
            # A play that only gathers facts, or whose roles cannot be said; a step has to do work.
            self._data("tasks", [{"name": FACTS_TASK, "ansible.builtin.meta": "noop"}])
        return self._lines

    @property
    def _inner_tags(self) -> tuple[str, ...]:
        """The tags of a play with `never`, which its roles and tasks have instead of the step."""
        tags = self.imported.tags
        return tags if "never" in tags else ()

    def _comments(self, name: str) -> None:
        """Write the comments of a keyword, those inside of it too."""
        keyword = self.imported.play.get(name)
        if keyword is not None:
            inner = [line.strip() for line in (keyword.source.rest if keyword.source else ())]
            told = [text.removeprefix("#").strip() for text in inner if text.startswith("#")]
            self._lines += comment_lines([*keyword.comments, *told], INDENT)

    def _keyword(self, keyword: Keyword) -> None:
        name = keyword.name
        if name == "vars":
            self._vars(keyword)
        elif name == "roles":
            self._roles(keyword)
        elif name in TASK_LISTS:
            self._tasks(keyword)
        elif name == "vars_files":
            self._vars_files(keyword)
        elif name in PLAY_KEYS:
            named = name == "collections" and self.imported.collection
            if keyword.value is not None and not named:
                self._value(PLAY_KEYS[name], keyword)
        elif name not in _ELSEWHERE:
            known = [*PLAY_KEYS, *TASK_LISTS, *_ELSEWHERE, "roles", "vars"]
            todo = REFUSED.get(name) or did_you_mean(name, known, otherwise="remove it")
            self.report.lost(f"the keyword `{name}` of a play", keyword.mark, todo=todo)

    def _value(self, key: str, keyword: Keyword) -> None:
        """Write a value as it stands in the playbook, or as data where its text cannot be used."""
        self._lines += comment_lines(keyword.comments, INDENT)
        if not is_plain_data(keyword.value):
            self.report.lost(
                f"types inside of `{keyword.name}`, such as those of dates, `.inf` and keys",
                keyword.mark,
                why="They become text: a document has no other words for them.",
                todo="write text in quotes, or say it in the tasks that need it",
            )
        if keyword.source is not None and keyword.source.column <= INDENT:
            lines = source_lines(key, keyword.source, INDENT)
            if reads_as(lines, {key: plain(keyword.value)}):
                self._lines += lines
                return
        self._data(key, keyword.value)

    def _data(self, key: str, value: Any) -> None:
        if value not in ([], {}, None):
            self._lines += data_lines({key: plain(value)}, INDENT)

    def _gather_facts(self, keyword: Keyword | None) -> None:
        if keyword is None or keyword.value is None:
            self._data("gatherFacts", self.gathers)
        else:
            self._value("gatherFacts", keyword)

    def _serial(self, keyword: Keyword | None) -> None:
        value = keyword.value if keyword else None
        if value in (None, 0, "0", "100%", []):
            return
        assert keyword is not None
        self._lines += comment_lines(keyword.comments, INDENT)
        sizes = value if isinstance(value, list) else [value]
        read = [int(size) if isinstance(size, str) and size.isdigit() else size for size in sizes]
        self._data("policy", {"serial": read if isinstance(value, list) else read[0]})

    def _vars(self, keyword: Keyword | None) -> None:
        """Write the variables; those of prompts override those of imports and of the play."""
        if keyword is not None:
            keyword = replace(self._paths, searched=False).keyword(keyword)
        prompts = self.prompts
        asked = prompts.variables
        over = self.imported.import_vars
        own = variables_of(keyword.value, keyword.mark, self.report) if keyword else {}
        self._check_names({**own, **over, **asked}, keyword)
        known = {name: value for name, value in {**own, **over}.items() if name not in asked}
        known = {name: value for name, value in known.items() if reserved_reason(name) is None}
        exact = {name: value for name, value in known.items() if not is_plain_data(value)}
        # References must stay references: they are not escaped.
        kept = {name: plain(value) for name, value in known.items() if name not in exact} | {
            name: value for name, value in asked.items() if reserved_reason(name) is None
        }
        self._comments("vars_prompt")
        if keyword is not None:
            self._lines += comment_lines(keyword.comments, INDENT)
        lines = [] if over or exact else _with_added(keyword, asked)
        if not reads_as(lines, {"vars": kept}):
            lines = data_lines({"vars": kept}, INDENT) if kept else []
        self._lines += lines
        if exact:
            self._exact_vars = self.files.add_variables(exact)
            if not self.imported.play.value("vars_files"):
                self._data("varsFiles", [self._exact_vars])
        if prompts.asks and prompts.shown and self.imported.play.get("no_log") is None:
            # Otherwise the output of a step that reads a secret is hidden as a whole.
            self._data("noLog", False)

    def _check_names(self, names: Iterable[str], keyword: Keyword | None) -> None:
        mark = keyword.mark if keyword else self.imported.play.mark
        for name in names:
            if reason := reserved_reason(name):
                self.report.lost(f"the variable `{name}`", mark, why=reason, todo="rename it")

    def _roles(self, keyword: Keyword) -> None:
        if keyword.value and not isinstance(keyword.value, list):
            todo = "correct the playbook"
            self.report.lost("`roles` that are no list", keyword.mark, todo=todo)
        lines = role_lines(keyword.items, self.imported, self.places, self.report, self._inner_tags)
        if lines:
            self._has_work = True
            self._lines += [*comment_lines(keyword.comments, INDENT), f"{' ' * INDENT}roles:"]
            self._lines += lines

    def _vars_files(self, keyword: Keyword) -> None:
        value = keyword.value
        if not value:
            return
        beside = self.imported.directory == self.base and not self._exact_vars
        if beside and isinstance(value, list):
            self._value("varsFiles", keyword)
            return
        listed = value if isinstance(value, list) else [value]
        # What the files of the play set too wins, as it does over `vars`.
        own = [self._exact_vars] if self._exact_vars else []
        self._lines += comment_lines(keyword.comments, INDENT)
        self._data("varsFiles", [*own, *(self._moved(item) for item in listed)])

    def _moved(self, item: Any) -> Any:
        if isinstance(item, list):
            return [self._moved(inner) for inner in item]
        return self._paths.path(str(item))

    @property
    def _paths(self) -> MovedPaths:
        return MovedPaths(self.imported.directory, self.base)

    def _tasks(self, keyword: Keyword) -> None:
        if not keyword.value:
            return
        self._has_work = True
        key = {"pre_tasks": "preTasks", "post_tasks": "postTasks"}.get(keyword.name, keyword.name)
        keyword = self._paths.keyword(keyword)
        if self._inner_tags and keyword.name != "handlers":
            block = [{"tags": list(self._inner_tags), "block": keyword.value}]
            keyword = replace(keyword, value=block, source=None)
        if keyword.name == "pre_tasks" and self.first_task is not None:
            keyword = with_first_task(keyword, self.first_task)
        self._lines += comment_lines(keyword.comments, INDENT)
        source = keyword.source
        if source is not None and len(source.rest) <= _MAX_INLINE_LINES and source.column <= INDENT:
            lines = source_lines(key, source, INDENT)
            same = is_plain_data(keyword.value) and reads_as(lines, {key: plain(keyword.value)})
            if same:
                self._lines += lines
                return
        self._data(key, self.files.add(keyword))


def _with_added(keyword: Keyword | None, added: Mapping[str, Any]) -> list[str]:
    """Return the text of the variables with `added` below; empty where it cannot be used."""
    source = keyword.source if keyword else None
    if source is None or source.column > INDENT:
        return []
    lines = source_lines("vars", source, INDENT)
    if not added:
        return lines
    inner = next((line for line in lines[1:] if line.strip() and line.strip()[0] != "#"), "")
    return lines + data_lines(added, len(inner) - len(inner.lstrip()))
