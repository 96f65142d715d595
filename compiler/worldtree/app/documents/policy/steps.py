"""Judges the steps of a document: built-in kinds, roles and plays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worldtree.app.documents.policy.ansible_tasks import TaskJudge
from worldtree.app.documents.policy.findings import PolicyFindings
from worldtree.app.documents.policy.known_names import (
    STEP_KINDS,
    STEP_SOURCES,
    STRATEGIES,
    short_name,
)
from worldtree.app.documents.policy.local_paths import is_below
from worldtree.core.errors import DocPath
from worldtree.spec.models.play import PLAY_KEYS, WORK_KEYS
from worldtree.spec.models.step import COMMON_KEYS

_TASK_LISTS = ("preTasks", "tasks", "postTasks", "handlers")


class StepJudge:
    """Reports what steps may not do."""

    def __init__(
        self, findings: PolicyFindings, hosts: frozenset[str], directory: Path | None
    ) -> None:
        self._findings, self._directory = findings, directory
        self._tasks = TaskJudge(findings, hosts, directory)

    def step(self, step: Mapping[str, Any], path: DocPath) -> None:
        """Report what one step may not do; keys of wrong types are found when validating."""
        if any(key in step for key in WORK_KEYS):
            self._play(step, path)
        elif "role" in step:
            self._own(f"the role `{step['role']}`", (*path, "role"))
        else:
            for key, value in step.items():
                if key not in COMMON_KEYS and key not in PLAY_KEYS:
                    self._kind(str(key), value, (*path, key))
        self.vars_files(step.get("varsFiles"), (*path, "varsFiles"))

    def vars_files(self, listed: Any, path: DocPath) -> None:
        """Report files of variables that are not the document's own."""
        if self._findings.policy.reads_files:
            return
        for index, item in enumerate(listed if isinstance(listed, list) else [listed]):
            place = (*path, index) if isinstance(listed, list) else path
            for written in item if isinstance(item, list) else [item]:
                if isinstance(written, str) and not is_below(written, self._directory):
                    self._findings.local_file(written, place)

    def _own(self, what: str, path: DocPath) -> None:
        if not self._findings.policy.own_content:
            self._findings.own_content(what, path)

    def _kind(self, kind: str, params: Any, path: DocPath) -> None:
        policy = self._findings.policy
        if kind == "local":
            if not policy.local_work:
                self._findings.local_work("a step `local`", path, at_key=True)
            return
        if kind not in STEP_KINDS and kind not in policy.step_kinds:
            self._findings.action(kind, path)
            return
        given = params if isinstance(params, Mapping) else {}
        if kind == "fetch" and given.get("via", "host") != "host" and not policy.local_work:
            self._findings.local_work("`via: control`", (*path, "via"))
        key = STEP_SOURCES.get(kind)
        if key is None or given.get("remote_src") is True:
            return
        written = given.get(key, params if isinstance(params, str) else None)
        if isinstance(written, str):
            place = (*path, key) if key in given else path
            self._tasks.source(kind, written, place)

    def _play(self, step: Mapping[str, Any], path: DocPath) -> None:
        for key in _TASK_LISTS:
            listed = step.get(key)
            if isinstance(listed, str):
                self._own(f"the task file `{listed}`", (*path, key))
            self._tasks.tasks(listed, (*path, key))
        roles = step.get("roles")
        for index, role in enumerate(roles if isinstance(roles, list) else ()):
            place: DocPath = (*path, "roles", index)
            keywords = role if isinstance(role, Mapping) else {}
            self._own(f"the role `{keywords.get('role', role)}`", place)
            self._keywords(keywords, place)
        self._keywords(step, path)

    def _keywords(self, keywords: Mapping[str, Any], path: DocPath) -> None:
        for key, name in (("connection", "connection"), ("delegateTo", "delegate_to")):
            self._tasks.place(name, keywords.get(key), (*path, key))
        self._tasks.become_method(keywords.get("becomeMethod"), (*path, "becomeMethod"))
        for key in ("moduleDefaults", "collections"):
            if keywords.get(key) is not None:
                self._findings.not_judged(f"the keyword `{key}`", (*path, key), at_key=True)
        strategy = keywords.get("strategy")
        if strategy is not None and short_name(str(strategy)) not in STRATEGIES:
            self._findings.action(f"strategy: {strategy}", (*path, "strategy"))
