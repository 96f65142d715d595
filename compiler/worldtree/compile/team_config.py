"""The team's ``ansible.cfg`` of a document: its defaults for the document, and for the bundle."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from worldtree.ansible.content.team_config import (
    TeamConfig,
    find_team_config,
    read_team_config,
)
from worldtree.core.errors import Diagnostic, DiagnosticBag
from worldtree.spec.document import Document
from worldtree.spec.models.base import DocModel
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.secrets import AnsibleVaultSettings, Secrets

_Model = TypeVar("_Model", bound=DocModel)
#: What Ansible passes to ssh where nothing else is set.
_SSH_ARGS = "-C -o ControlMaster=auto -o ControlPersist=60s"
#: Setting -> the variable by which the connection check knows it.
_CONNECTION_VARIABLES = {
    ("defaults", "remote_user"): "ansible_user",
    ("defaults", "remote_port"): "ansible_port",
    ("defaults", "private_key_file"): "ansible_ssh_private_key_file",
    ("defaults", "transport"): "ansible_connection",
    ("ssh_connection", "ssh_args"): "ansible_ssh_args",
    ("ssh_connection", "ssh_common_args"): "ansible_ssh_common_args",
    ("ssh_connection", "ssh_extra_args"): "ansible_ssh_extra_args",
    ("privilege_escalation", "become_method"): "ansible_become_method",
}


def load_team_config(
    document: Document, model: ClusterDocument, bag: DiagnosticBag
) -> tuple[TeamConfig, ClusterDocument]:
    """Return the team's configuration, and ``model`` with its values for keys that are not set."""
    file = Path(document.file)
    if not file.is_file():
        return TeamConfig(), model
    directory = file.absolute().parent
    named = model.spec.ansible.config
    path, problems = find_team_config(directory, named, os.environ)
    if path is None or (named is not None and not path.is_file()):
        bag.extend(problems)
        return TeamConfig(), model
    at = None if named is None else ("spec", "ansible", "config")
    config, further = read_team_config(path, directory, at)
    bag.extend(document.locate([*problems, *further]))
    return config, _Defaults(config, directory, bag).applied(model)


def connection_defaults(config: TeamConfig, *, listed: bool) -> dict[str, Any]:
    """Return the variables that stand for the connection settings of the bundle's configuration."""
    settings = bundle_settings(config, listed=listed)
    found: dict[str, Any] = {
        name: value
        for (section, key), name in _CONNECTION_VARIABLES.items()
        if (value := settings.get(section, {}).get(key))
    }
    if found.get("ansible_connection") in ("smart", "ssh"):
        del found["ansible_connection"]
    return found


def bundle_settings(config: TeamConfig, *, listed: bool) -> dict[str, dict[str, str]]:
    """Return sections for the bundle's ``ansible.cfg``.

    ``listed`` says whether the document lists its hosts. These have arguments of their own, which
    replace those of the configuration, so the arguments move to where both count.
    """
    found = {section: dict(values) for section, values in config.settings.items()}
    ssh = found.get("ssh_connection", {})
    # A run replaces the last ones: it names the cluster's own known hosts.
    moved = [*(["ssh_common_args"] if listed else []), "ssh_extra_args"]
    parts = [ssh.pop(key) for key in moved if key in ssh]
    if parts:
        ssh["ssh_args"] = " ".join([ssh.get("ssh_args", _SSH_ARGS), *parts])
    for place in ("ssh_connection", "defaults"):
        if (value := found.get(place, {}).pop("pipelining", None)) is not None:
            found.setdefault("connection", {}).setdefault("pipelining", value)
    return {section: values for section, values in found.items() if values}


class _Defaults:
    """Sets keys of a document that are not written to the values of a configuration."""

    def __init__(self, config: TeamConfig, directory: Path, bag: DiagnosticBag) -> None:
        self._config, self._directory, self._bag = config, directory, bag

    def applied(self, model: ClusterDocument) -> ClusterDocument:
        spec, config = model.spec, self._config
        privileges = "privilege_escalation"
        ssh = {
            "user": config.value("defaults", "remote_user"),
            "port": self._number("remote_port", int),
            "private_key_file": config.value("defaults", "private_key_file"),
            "timeout": self._number("timeout", float),
            "become": config.is_set(privileges, "become"),
            "become_user": config.value(privileges, "become_user"),
        }
        pipelining = (
            config.is_set(section, "pipelining")
            for section in ("connection", "ssh_connection", "defaults")
        )
        ansible = {
            "forks": self._number("forks", int),
            "pipelining": next((value for value in pipelining if value is not None), None),
        }
        subset = config.document.get("gather_subset")
        facts = {"gather_subset": _items(subset) if subset else None}
        spec = _filled(
            spec,
            {
                "ssh": _filled(spec.ssh, ssh),
                "ansible": _filled(spec.ansible, ansible),
                "facts": _filled(spec.facts, facts),
                "secrets": self._secrets(spec.secrets),
            },
            replace=True,
        )
        more = {
            "roles_path": (*spec.roles_path, *self._written(config.roles_path)),
            "collections_path": (*spec.collections_path, *self._written(config.collections_path)),
        }
        return model.model_copy(update={"spec": spec.model_copy(update=more)})

    def _secrets(self, secrets: Secrets) -> Secrets:
        """Return the settings with the vault password of the configuration, if none is written."""
        password = self._config.value("defaults", "vault_password_file")
        vault = secrets.ansible_vault or AnsibleVaultSettings()
        if password is None or vault.password_file is not None:
            return secrets
        update = {"ansible_vault": vault.model_copy(update={"password_file": password})}
        return secrets.model_copy(update=update)

    def _number(self, key: str, convert: Callable[[str], int | float]) -> int | float | None:
        value = self._config.document.get(key) or self._config.value("defaults", key)
        if value is None:
            return None
        try:
            found = convert(value)
        except ValueError:
            found = 0
        if found > 0:
            return found
        problem = Diagnostic(
            "invalid-ansible-config",
            f"`{key}` must be a number above 0, not `{value}`",
            hint="correct it, or remove the line",
            mark=self._config.mark("defaults", key),
        )
        self._bag.extend([problem])
        return None

    def _written(self, places: tuple[Path, ...]) -> tuple[str, ...]:
        """Return paths as a document would have them: equal in every checkout."""
        near = self._directory.parents[min(2, len(self._directory.parents) - 1)]
        return tuple(
            os.path.relpath(path, self._directory) if path.is_relative_to(near) else str(path)
            for path in places
        )


def _filled(model: _Model, values: Mapping[str, Any], *, replace: bool = False) -> _Model:
    """Return ``model`` with ``values``, other than None, for fields that are not set in it."""
    update = {
        name: value
        for name, value in values.items()
        if value is not None and (replace or name not in model.model_fields_set)
    }
    return model.model_copy(update=update) if update else model


def _items(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
