"""Judges Ansible tasks that a document has in its plays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worldtree.app.documents.policy.addresses import is_this_machine
from worldtree.app.documents.policy.findings import PolicyFindings
from worldtree.app.documents.policy.known_names import (
    ACTIONS,
    BECOME_METHODS,
    BLOCK_KEYS,
    CONNECTIONS,
    DENIED_ACTIONS,
    FREE_FORM,
    MARKS,
    META,
    SOURCES,
    TASK_KEYWORDS,
    VALUE_LOOPS,
    short_name,
)
from worldtree.app.documents.policy.local_paths import is_below, is_template_place, program_of
from worldtree.app.documents.policy.templates import has_marks
from worldtree.app.documents.policy.values import ValueJudge
from worldtree.core.errors import DocPath, Mark

_CONTENT_ACTIONS = DENIED_ACTIONS - {"add_host", "assemble", "fetch"}


class TaskJudge:
    """Judges tasks and the keywords that they share with plays.

    ``hosts`` are the names that ``delegate_to`` may have; ``directory`` is that of the document.
    """

    def __init__(
        self,
        findings: PolicyFindings,
        hosts: frozenset[str],
        directory: Path | None,
        *,
        mark: Mark | None = None,
        generated: frozenset[str] | None = None,
    ) -> None:
        """``generated`` are the actions that the compiler adds, in tasks that it wrote."""
        self._findings, self._hosts, self._directory = findings, hosts, directory
        self._mark = mark
        self._actions = ACTIONS | frozenset(map(short_name, findings.policy.actions))
        self._actions |= generated or frozenset()
        self._values = ValueJudge(findings, mark, generated=generated is not None)

    def tasks(self, listed: Any, path: DocPath | None) -> None:
        """Report what a list of tasks may not do; other data is not judged here."""
        for index, task in enumerate(listed if isinstance(listed, list | tuple) else ()):
            if isinstance(task, Mapping):
                self.task(task, None if path is None else (*path, index))

    def task(self, task: Mapping[str, Any], path: DocPath | None) -> None:
        """Report what one task or block may not do."""
        block = any(key in task for key in BLOCK_KEYS)
        for key, value in task.items():
            place = None if path is None else (*path, key)
            if key in BLOCK_KEYS:
                self.tasks(value, place)
            elif key in ("local_action", "connection", "delegate_to"):
                self.place(key, value, place)
            elif key in ("module_defaults", "collections", "action", "debugger"):
                self._findings.not_judged(f"the keyword `{key}`", place, at_key=True)
            elif key.startswith("with_"):
                if key not in VALUE_LOOPS and short_name(key[5:]) not in self._lookups:
                    self._findings.template_code(f"the lookup of `{key}`", place, mark=self._mark)
            elif key in TASK_KEYWORDS:
                self._keyword(key, value, place, task)
            elif block:
                self._findings.not_judged(f"the keyword `{key}` of a block", place, at_key=True)
            else:
                self._action(key, value, place)

    @property
    def _lookups(self) -> frozenset[str]:
        return frozenset(map(short_name, self._findings.policy.lookups))

    def place(self, key: str, value: Any, path: DocPath | None) -> None:
        """Report a keyword by which work leaves its host."""
        if self._findings.policy.local_work or value is None:
            return
        if key == "connection":
            if short_name(str(value)) not in CONNECTIONS:
                self._findings.local_work(f"`connection: {value}`", path, mark=self._mark)
        elif key == "local_action":
            self._findings.local_work("`local_action`", path, at_key=True, mark=self._mark)
        elif not isinstance(value, str) or has_marks(value):
            self._findings.not_judged("a `delegate_to` with a template", path, mark=self._mark)
        elif is_this_machine(value) or value not in self._hosts:
            what = f"`delegate_to: {value}`, which is not a host of the document,"
            self._findings.local_work(what, path, mark=self._mark)

    def become_method(self, value: Any, path: DocPath | None) -> None:
        """Report a way of becoming another user that is a plugin of unknown content."""
        if value is not None and short_name(str(value)) not in BECOME_METHODS:
            self._findings.connection("become_method", path, mark=self._mark)

    def _keyword(self, key: str, value: Any, path: DocPath | None, task: Mapping[str, Any]) -> None:
        if key == "register":
            self._values.name(value, path)
        elif key == "become_method":
            self.become_method(value, path)
        elif key == "loop_control" and isinstance(value, Mapping):
            for name in ("loop_var", "index_var"):
                inner = None if path is None else (*path, name)
                self._values.name(value.get(name), inner)
        elif key == "args":
            if isinstance(value, Mapping) and "remote_src" in value:
                inner = None if path is None else (*path, "remote_src")
                self._findings.not_judged("`remote_src` in `args`", inner, mark=self._mark)
            for name in task:
                if short_name(str(name)) in self._actions:
                    self._arguments(short_name(str(name)), value, path)
        elif key in ("vars", "loop_control") and isinstance(value, str):
            self._findings.not_judged(f"`{key}` as a text", path, mark=self._mark)

    def _action(self, key: str, value: Any, path: DocPath | None) -> None:
        name, policy = short_name(key), self._findings.policy
        if name not in self._actions:
            if name in _CONTENT_ACTIONS and policy.own_content:
                return
            if name in _CONTENT_ACTIONS:
                self._findings.own_content(f"`{key}`", path, at_key=True, mark=self._mark)
            else:
                self._findings.action(key, path, mark=self._mark)
            return
        if name == "meta" and value not in META:
            self._findings.action(f"meta: {value}", path, mark=self._mark)
        self._arguments(name, value, path)

    def _arguments(self, name: str, value: Any, path: DocPath | None) -> None:
        if isinstance(value, str) and name in FREE_FORM:
            if name == "script":
                self.source(name, value, path)
            return
        if value is None:
            return
        if not isinstance(value, Mapping):
            self._findings.not_judged(f"`{name}` with its parameters as a text", path)
            return
        if name == "set_fact":
            for fact in value:
                self._values.name(fact, None if path is None else (*path, fact))
        if name == "uri" and "multipart" in str(value.get("body_format", "")):
            inner = None if path is None else (*path, "body_format")
            self._findings.local_file("body_format: form-multipart", inner, mark=self._mark)
        for mark in MARKS & value.keys():
            inner = None if path is None else (*path, mark)
            self._findings.not_judged(f"`{mark}`", inner, at_key=True, mark=self._mark)
        key = SOURCES.get(name)
        keys = [one for one in (key, "_raw_params", "free_form") if one and one in value]
        for one in keys if name in SOURCES else ():
            written = value[one]
            if value.get("remote_src") not in (True, "true", "yes"):
                self.source(name, str(written), None if path is None else (*path, one))

    def source(self, name: str, written: str, path: DocPath | None) -> None:
        """Report a file that an action reads here, if it is not one of the document's."""
        if self._findings.policy.reads_files:
            return
        below = is_below(program_of(written) if name == "script" else written, self._directory)
        if not below or (name in ("template", "render") and not is_template_place(written)):
            self._findings.local_file(written, path, mark=self._mark)
