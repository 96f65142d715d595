"""Judges what was made of a document: the plan's hosts, the plays and the files of the bundle.

This is the second net: whatever way a document finds to a play, the play is judged as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldtree.app.documents.policy.addresses import is_this_machine
from worldtree.app.documents.policy.ansible_tasks import TaskJudge
from worldtree.app.documents.policy.findings import PolicyFindings
from worldtree.app.documents.policy.known_names import OWN_CONTENT
from worldtree.app.documents.policy.tagged_yaml import read_tagged
from worldtree.app.documents.policy.values import ValueJudge
from worldtree.core.errors import Mark
from worldtree.core.linked_paths import is_inside
from worldtree.core.resources import (
    core_collection_dir,
    roles_dir,
    templates_dir,
    vendored_collections_dir,
)
from worldtree.plan.ids import file_stem
from worldtree.plan.plan import EXTRA_VARS_FILE

if TYPE_CHECKING:
    from worldtree.ansible.bundle import Bundle
    from worldtree.compile.compiler import CompileResult, PlanResult

#: Actions that only the compiler writes.
_GENERATED_ACTIONS = frozenset(
    {"import_role", "ansible.posix.sysctl", "worldtree.core.publish"}
    | {"worldtree.core.restore", "worldtree.core.snapshot", "worldtree.core.artifact"}
)
_TASK_LISTS = ("pre_tasks", "tasks", "post_tasks", "handlers")
#: Other places of data that the compiler writes.
_OTHER_GENERATED = frozenset({"inventory", "layers", EXTRA_VARS_FILE})
_PLAY_DIRECTORIES = ("plays", "rollback")
#: Directories beside a document that Ansible reads variables from.
_VARIABLES = frozenset({"group_vars", "host_vars", "vars"})
_VAULT_HEADER = b"$ANSIBLE_VAULT"
_VARIABLE_SUFFIXES = frozenset({".json", ".yaml", ".yml"})


def judge_plan(planned: PlanResult, findings: PolicyFindings) -> None:
    """Report hosts of a plan that are this machine, and an inventory that was read."""
    policy = findings.policy
    if planned.inventory.external is not None and not policy.inventories:
        findings.inventory(None)
    for host in planned.cluster.hosts:
        if host.connection != "ssh" and not policy.local_work:
            findings.local_work(f"the host `{host.name}`", None)


def judge_bundle(compiled: CompileResult, findings: PolicyFindings) -> None:
    """Report what plays and files of a bundle may not do."""
    planned = compiled.planned
    hosts = frozenset(host.name for host in planned.cluster.hosts)
    directory = planned.cluster.directory
    plays = _PlayJudge(findings, hosts)
    sources = {file_stem(one.id): one for one in compiled.plan.graph.nodes.values()}
    for path, text in _texts(compiled.bundle):
        top, _, name = path.partition("/")
        node = sources.get(name.removesuffix(".yml")) if top in _PLAY_DIRECTORIES else None
        if node is not None:
            findings.place = node.source
            plays.plays(
                read_tagged(text, trusted=True),
                shipped=node.component is not None and node.kind == "role",
            )
            findings.place = None
        elif top in _OTHER_GENERATED:
            values = ValueJudge(findings, generated=True)
            values.judge(read_tagged(text, trusted=True), None)
    for path, file in compiled.bundle.files.items():
        if isinstance(file.content, Path):
            _judge_file(path, file.content, directory, findings)


def _texts(bundle: Bundle) -> list[tuple[str, str]]:
    """Return the files that the compiler wrote itself, with their paths."""
    return [(p, one.content) for p, one in bundle.files.items() if isinstance(one.content, str)]


class _PlayJudge:
    def __init__(self, findings: PolicyFindings, hosts: frozenset[str]) -> None:
        self._findings = findings
        self._values = ValueJudge(findings, generated=True)
        self._tasks = TaskJudge(findings, hosts, None, generated=_GENERATED_ACTIONS)

    def plays(self, plays: Any, *, shipped: bool) -> None:
        """Report what the plays of a node may not do; ``shipped`` is a component's."""
        for play in plays if isinstance(plays, list) else ():
            hosts = play.get("hosts")
            words = re.split(r"[:,&!]", hosts) if isinstance(hosts, str) else list(hosts or ())
            if any(map(is_this_machine, words)) and not self._findings.policy.local_work:
                self._findings.local_work(f"a play on `{hosts}`", None)
            if not shipped:
                for key in _TASK_LISTS:
                    self._tasks.tasks(play.get(key), None)
                for role in play.get("roles", ()):
                    self._keywords(role)
                self._keywords(play)
            self._values.judge(play, None)

    def _keywords(self, keywords: Any) -> None:
        if isinstance(keywords, Mapping):
            for key in ("connection", "delegate_to"):
                self._tasks.place(key, keywords.get(key), None)


def _judge_file(path: str, file: Path, directory: Path | None, findings: PolicyFindings) -> None:
    """Report a file that is copied into the bundle from where it must not come."""
    policy, mark = findings.policy, Mark.of_file(path)
    top = path.partition("/")[0]
    if _is_shipped(top, file):
        return
    if directory is None or not is_inside(file, directory):
        installed = top == "collections" and "ansible_collections" in file.parts
        is_code_here = policy.own_content and not findings.confined
        if not installed and not (policy.reads_files or is_code_here):
            findings.local_file(path, None, mark=mark)
    elif _is_vaulted(file) and "ansible-vault" not in policy.secrets:
        findings.secret(f"the file `{path}`, which ansible-vault encrypted", None, mark=mark)
    elif (top in OWN_CONTENT and not _is_overlay(path)) or file.suffix == ".py":
        if not policy.own_content and top != "files":
            findings.own_content(f"`{path}`", None, mark=mark)
    elif top != "files":
        _judge_content(path, file, findings)


def _is_overlay(path: str) -> bool:
    """Whether a file of a role is one of ``templatesPath``."""
    parts = path.split("/")
    return parts[0] == "roles" and parts[2:3] == ["templates"]


def _is_shipped(top: str, file: Path) -> bool:
    """Whether a file is part of a role or collection that ships with the program."""
    if top == "roles":
        return is_inside(file, roles_dir()) or is_inside(file, templates_dir())
    places = (core_collection_dir(), vendored_collections_dir())
    return top == "collections" and any(is_inside(file, place) for place in places)


def _is_vaulted(file: Path) -> bool:
    """Whether Ansible would decrypt a file with the password of the service when it copies it."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(_VAULT_HEADER)) == _VAULT_HEADER
    except OSError:
        return True


def _judge_content(path: str, file: Path, findings: PolicyFindings) -> None:
    """Report what the templates and variables in a file of the document may not do."""
    top, mark = path.partition("/")[0], Mark.of_file(str(file))
    variables = top in _VARIABLES or (
        top not in ("roles", "templates") and file.suffix in _VARIABLE_SUFFIXES
    )
    try:
        text = file.read_text(encoding="utf-8")
        data = read_tagged(text) if variables else text
    except (OSError, UnicodeDecodeError, ValueError):
        findings.not_judged(f"the file `{path}`", None, mark=mark)
        return
    ValueJudge(findings, mark).judge(data, None)
