"""Judges a document as it was written, before anything is done with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from worldtree.app.documents.policy.addresses import (
    expanded,
    is_plain,
    is_this_machine,
    jump_host,
)
from worldtree.app.documents.policy.findings import PolicyFindings
from worldtree.app.documents.policy.known_names import OWN_CONTENT
from worldtree.app.documents.policy.local_paths import is_below
from worldtree.app.documents.policy.steps import StepJudge
from worldtree.app.documents.policy.values import ValueJudge
from worldtree.core.errors import DocPath
from worldtree.core.linked_paths import leaving_links
from worldtree.spec.document import Document

#: Keys of `spec.secrets` that name no server, file or login.
_HARMLESS_SECRETS = frozenset({"prompt"})
_CONTENT_KEYS = ("rolesPath", "collectionsPath")


class SpecJudge:
    """Reports what a document may not do, by its data alone."""

    def __init__(self, document: Document, findings: PolicyFindings) -> None:
        self._document, self._findings = document, findings
        file = Path(document.file)
        self._directory = file.parent if file.is_file() else None
        spec = _mapping(_mapping(document.data).get("spec"))
        self._spec = spec
        self._hosts = frozenset(_host_names(spec))

    def judge(self) -> None:
        """Report everything that is found."""
        policy, found = self._findings.policy, self._findings
        values = ValueJudge(found)
        values.judge(self._document.data, ())
        values.judge(dict(self._document.extra_vars), None)
        if self._document.inventories and not policy.inventories:
            found.inventory(None)
        if self._spec.get("inventory") and not policy.inventories:
            found.inventory(("spec", "inventory"))
        self._machines()
        self._paths()
        self._settings()
        if self._directory is not None:
            self._files(self._directory)
        steps = StepJudge(found, self._hosts, self._directory)
        steps.vars_files(self._spec.get("varsFiles"), ("spec", "varsFiles"))
        for owner, path in _owners(self._spec):
            steps.vars_files(owner.get("varsFiles"), (*path, "varsFiles"))
        for step, path in _steps(self._spec):
            steps.step(step, path)

    def _machines(self) -> None:
        hosts = self._spec.get("hosts")
        for index, host in enumerate(hosts if isinstance(hosts, list) else ()):
            path: DocPath = ("spec", "hosts", index)
            if isinstance(host, Mapping):
                self._host(host, path)
        ssh = _mapping(self._spec.get("ssh"))
        self._words(ssh, ("spec", "ssh"), ("user", "bastion", "becomeUser"))
        for key in ("privateKeyFile", "knownHostsFile"):
            written = ssh.get(key)
            if written is not None and not self._allows_file(written):
                self._findings.local_file(str(written), ("spec", "ssh", key))

    def _host(self, host: Mapping[str, Any], path: DocPath) -> None:
        local = self._findings.policy.local_work
        if host.get("connection", "ssh") != "ssh" and not local:
            self._findings.local_work("a host with this connection", (*path, "connection"))
        for key in ("name", "address"):
            text = host.get(key)
            names = expanded(text) if isinstance(text, str) else []
            if any(map(is_this_machine, names)) and not local:
                self._findings.local_work(f"a host `{text}`", (*path, key))
        self._words(host, path, ("address", "user", "bastion"))

    def _words(self, owner: Mapping[str, Any], path: DocPath, keys: tuple[str, ...]) -> None:
        """Report words of ssh's command line that could be more than one word."""
        for key in keys:
            text = owner.get(key)
            if not isinstance(text, str):
                continue
            if not is_plain(text):
                self._findings.not_judged(f"`{key}`", (*path, key))
            elif (
                key == "bastion"
                and is_this_machine(jump_host(text))
                and not self._findings.policy.local_work
            ):
                self._findings.local_work(f"the jump host `{text}`", (*path, key))

    def _paths(self) -> None:
        for key in _CONTENT_KEYS:
            if self._spec.get(key) and not self._findings.policy.own_content:
                self._findings.own_content(f"`spec.{key}`", ("spec", key), at_key=True)
        self._each_file(self._spec.get("templatesPath"), ("spec", "templatesPath"))
        for key in _CONTENT_KEYS:
            self._each_file(self._spec.get(key), ("spec", key))

    def _settings(self) -> None:
        policy, found = self._findings.policy, self._findings
        path: DocPath = ("spec", "ansible")
        ansible = _mapping(self._spec.get("ansible"))
        self._each_file(ansible.get("carry"), (*path, "carry"))
        if ansible.get("config") is not None and not policy.ansible_config:
            found.ansible_settings("an `ansible.cfg` of the document's own", (*path, "config"))
        names = ansible.get("environment")
        for index, name in enumerate(names if isinstance(names, list) else [names]):
            if name is not None and name not in policy.environment:
                place = (*path, "environment", *([index] if isinstance(names, list) else []))
                found.ansible_settings(f"the variable `{name}` of the environment", place)
        for key in _mapping(self._spec.get("secrets")):
            if key not in _HARMLESS_SECRETS and not policy.secret_settings:
                found.secret(f"settings of `{key}`", ("spec", "secrets", key))

    def _files(self, directory: Path) -> None:
        """Report files beside the document that would be loaded though it does not name them."""
        policy, found = self._findings.policy, self._findings
        if (directory / "ansible.cfg").exists() and not policy.ansible_config:
            found.ansible_settings("an `ansible.cfg` beside the document", ())
        for name in OWN_CONTENT:
            if (directory / name).exists() and not policy.own_content:
                found.own_content(f"the directory `{name}`", ())
        if not policy.reads_files:
            for link in leaving_links(directory):
                found.local_file(link, ())

    def _each_file(self, listed: Any, path: DocPath) -> None:
        for index, written in enumerate(listed if isinstance(listed, list) else [listed]):
            if written is not None and not self._allows_file(written):
                place = (*path, index) if isinstance(listed, list) else path
                self._findings.local_file(str(written), place)

    def _allows_file(self, written: Any) -> bool:
        return self._findings.policy.reads_files or is_below(str(written), self._directory)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(owner: Mapping[str, Any], key: str) -> Iterator[tuple[Mapping[str, Any], int]]:
    items = owner.get(key)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield item, index


def _host_names(spec: Mapping[str, Any]) -> Iterator[str]:
    for host, _ in _listed(spec, "hosts"):
        if isinstance(host.get("name"), str):
            yield from expanded(host["name"])


def _owners(spec: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], DocPath]]:
    """Yield the modules and their tasks, with their paths."""
    for module, i in _listed(spec, "modules"):
        path: DocPath = ("spec", "modules", i)
        yield module, path
        for task, j in _listed(module, "tasks"):
            yield task, (*path, "tasks", j)


def _steps(spec: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], DocPath]]:
    """Yield all steps with their paths: those of tasks, then those of hooks."""
    for owner, path in _owners(spec):
        for step, k in _listed(owner, "steps"):
            yield step, (*path, "steps", k)
    hooks = _mapping(spec.get("hooks"))
    for when in ("before", "after", "replace"):
        for hook, i in _listed(hooks, when):
            if isinstance(hook.get("step"), Mapping):
                yield hook["step"], ("spec", "hooks", when, i, "step")
