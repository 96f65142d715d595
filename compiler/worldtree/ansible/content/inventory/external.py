"""A team's existing Ansible inventory: read by Ansible itself, copied into the bundle as it is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from worldtree.ansible.content.config_text import config_text
from worldtree.ansible.content.file_digests import ContentFile, content_files, digest_over
from worldtree.ansible.content.file_modes import mode_mark, permissions
from worldtree.ansible.content.inventory.connection_vars import inventory_host
from worldtree.ansible.content.inventory.variables import InventoryVariables, VariableScope
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.core.errors import Diagnostic, DocPath, Severity
from worldtree.core.text import and_more
from worldtree.plan.plan import PlanHost
from worldtree.spec.host_patterns import HostGroups

_PROBE_PROGRAM = Path(__file__).with_name("probe.py")
#: Groups that every inventory has.
_IMPLICIT_GROUPS = frozenset({"all", "ungrouped"})
#: Variables in which Ansible keeps each host's origin; they are not the team's.
_ORIGIN_VARIABLES = frozenset({"inventory_file", "inventory_dir"})
#: Directories beside an inventory file whose variables belong to it.
_VARIABLE_DIRS = ("group_vars", "host_vars")
#: Beginnings of messages that say only that the inventory was not read, which the summary says.
_WRAPPING = re.compile(
    r"^(?:(?:Completely failed to parse inventory source|Failed to parse inventory with) \S+"
    r"(?: plugin)?[:.]?\s*|Failed to parse inventory:\s*)+"
)
#: Text of the inventory in Ansible's messages, which may be a password.
_QUOTED = re.compile(
    r"(?<=\bgot: )(?!<class).+"
    r"|(?<=expected dictionary and got:)\n+[^\n]+"
    r"|(?<=Invalid section entry: )'.*'"
    r"|(?<=Error parsing host definition )'.*'(?=: )"
    r"|(?<=Invalid host pattern )'.*'(?= supplied)"
)
_HIDDEN = "(text of the file)"
#: Lines of Ansible's output that are shown.
_MAX_CAUSES = 6
#: Most files that a message names.
_MAX_FILES = 5


@dataclass(frozen=True)
class ExternalInventory:
    """The data of an existing inventory, and the files of it that go into the bundle."""

    path: Path
    #: In the inventory's order; ``roles`` are all groups that a host is in. Their ``vars`` are only
    #: connection settings: all variables stay in the inventory's own files, so that precedence
    #: stays Ansible's.
    hosts: tuple[PlanHost, ...]
    #: Group → every member, those of inner groups too.
    groups: Mapping[str, tuple[str, ...]]
    #: Group → groups inside it.
    children: Mapping[str, tuple[str, ...]]
    variables: InventoryVariables
    #: Files to copy, ``relative`` counting from the bundle's root.
    files: tuple[ContentFile, ...]
    #: The path that ``ansible.cfg`` of the bundle names as its inventory.
    source: str
    #: The sha256 (hex) over the files, and over hosts and groups, which a script may change.
    digest: str
    #: Hosts and groups in Ansible's order.
    order: HostGroups = field(default_factory=HostGroups)
    #: Files of a directory that Ansible cannot read as an inventory; it warns of them.
    unread: tuple[Path, ...] = ()


def read_inventory(
    path: Path,
    *,
    collection_paths: Iterable[Path] = (),
    timeout: float = 60.0,
    config: TeamConfig | None = None,
    vault_files: Iterable[str] = (),
    at: DocPath | None = ("spec", "inventory"),
) -> tuple[ExternalInventory | None, list[Diagnostic]]:
    """Read the inventory at ``path`` (INI, YAML, directory, script or plugin configuration).

    It is read in a process of its own, with the caller's environment; a script is executed to get
    the names of hosts and groups. ``timeout`` is in seconds, ``at`` the place in the document.
    ``vault_files`` are files of vault passwords besides those of Ansible's configuration.
    Returns None with the reason when it cannot be read.
    """
    if not path.exists():
        hint = "the path is relative to the document's directory"
        return None, [_problem("inventory-not-found", f"there is no `{path}`", "", hint, at)]
    data, why = _run_probe(path, collection_paths, timeout, config or TeamConfig(), vault_files)
    if data is None:
        summary = f"Ansible cannot read the inventory `{path.name}`"
        hint = f"try it with Ansible alone:\n    ansible-inventory -i {path} --list"
        return None, [_problem("unreadable-inventory", summary, why, hint, at)]
    if not data["hosts"]:
        hint = "add hosts to it, or name another file"
        text = f"the inventory `{path.name}` has no hosts"
        return None, [_problem("empty-inventory", text, "There is no host to run on.", hint, at)]
    found = _inventory(path, data)
    problems = [_partly_unread(path, data, at)] if data["trouble"] else []
    if found.unread:
        problems.append(_files_unread(path, found.unread, at))
    return found, problems


def _problem(slug: str, summary: str, detail: str, hint: str, at: DocPath | None) -> Diagnostic:
    return Diagnostic(slug, summary, detail, hint, path=at)


def _partly_unread(path: Path, data: Mapping[str, Any], at: DocPath | None) -> Diagnostic:
    hint = "give Ansible the vault password: set `spec.secrets.ansibleVault.passwordFile`, or"
    hint += " ANSIBLE_VAULT_PASSWORD_FILE"
    if data["opens"]:
        hint = "no vault password that is set decrypts them; add the right one, such as with"
        hint += " ANSIBLE_VAULT_IDENTITY_LIST"
    return Diagnostic(
        "inventory-partly-unread",
        f"some variables of the inventory `{path.name}` could not be read",
        detail="; ".join(data["trouble"][:5]) + ". Variables that roles require are not checked.",
        hint=hint,
        severity=Severity.WARNING,
        path=at,
    )


def _files_unread(path: Path, files: tuple[Path, ...], at: DocPath | None) -> Diagnostic:
    # Ansible's own messages quote the files, which may be keys.
    names = and_more([f"`{file.relative_to(path)}`" for file in files], _MAX_FILES)
    return Diagnostic(
        "inventory-file-unread",
        f"no host or group is read from {names} of the inventory `{path.name}`",
        detail="Ansible warns of such files and goes on with the rest, also when the bundle runs.",
        hint="move what is no inventory to another directory (Ansible passes over `.md`, `.txt`,"
        f" `.cfg` …), or see what is wrong:\n    ansible-inventory -i {path} --list",
        severity=Severity.WARNING,
        path=at,
    )


def _run_probe(
    path: Path,
    collection_paths: Iterable[Path],
    timeout: float,
    config: TeamConfig,
    vault_files: Iterable[str],
) -> tuple[dict[str, Any] | None, str]:
    """Return the output of the probe, or None and the reason."""
    environment = {
        **os.environ,
        # Of files in a directory Ansible only warns, since some may be no inventory.
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "false" if path.is_dir() else "true",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true",
        "ANSIBLE_NOCOLOR": "1",
    }
    collections = os.pathsep.join(str(p) for p in collection_paths)
    if collections:
        environment["ANSIBLE_COLLECTIONS_PATH"] = collections
    try:
        with TemporaryDirectory(prefix="wt-inventory-") as directory:
            # As in the bundle: none but the team's, and not that of the working directory.
            file = Path(directory) / "ansible.cfg"
            file.write_text(_probe_config(config), encoding="utf-8")
            done = subprocess.run(
                [sys.executable, str(_PROBE_PROGRAM), str(path), *vault_files],
                capture_output=True,
                text=True,
                errors="replace",
                env={**environment, "ANSIBLE_CONFIG": str(file)},
                stdin=subprocess.DEVNULL,
                timeout=timeout,
                check=False,
            )
    except subprocess.TimeoutExpired:
        return None, f"It took longer than {timeout:g} s."
    if done.returncode != 0:
        return None, _causes(done.stderr)
    try:
        found = json.loads(done.stdout.rpartition("\n")[2])
    except ValueError:
        return None, _causes(done.stderr)
    return found, ""


def _probe_config(config: TeamConfig) -> str:
    """Return the text of the configuration with which the inventory is read."""
    defaults = dict(config.settings.get("defaults", {}))
    for key, directories in config.plugins.items():
        outside = defaults.get(key)
        defaults[key] = os.pathsep.join(filter(None, [*map(str, directories), outside]))
    return config_text({**config.settings, "defaults": defaults})


def _causes(text: str) -> str:
    """Return what Ansible printed, each cause once, the innermost of the last failure first.

    Ansible prints a chain of causes from the outermost to the innermost, and the start of it
    again in front. Lines that it quotes from the inventory are hidden.
    """
    found: dict[str, None] = {}
    for line in _QUOTED.sub(_HIDDEN, text).splitlines():
        said = _WRAPPING.sub("", line.strip().removeprefix("[WARNING]: "))
        if said and not said.startswith(("<<<", "[DEPREC", "Origin: <")):
            found.pop(said, None)
            found[said] = None
    lines = list(found)[-_MAX_CAUSES:]
    origins = [line for line in lines if line.startswith("Origin: ")]
    return "\n".join([*(line for line in reversed(lines) if line not in origins), *origins])


def _inventory(path: Path, data: Mapping[str, Any]) -> ExternalInventory:
    variables = _variables(data)
    files, source = _files(path)
    children = {
        name: tuple(c for c in group["children"] if c not in _IMPLICIT_GROUPS)
        for name, group in data["groups"].items()
        if name not in _IMPLICIT_GROUPS
    }
    hosts = tuple(inventory_host(name, variables) for name in data["hosts"])
    groups = {
        name: tuple(h for h in data["hosts"] if name in variables.groups_of[h]) for name in children
    }
    total = digest_over(files, _mode_mark)
    total.update(json.dumps([list(data["hosts"]), groups], sort_keys=True).encode())
    return ExternalInventory(
        path=path,
        hosts=hosts,
        groups=groups,
        children={name: inner for name, inner in children.items() if inner},
        variables=variables,
        files=files,
        source=source,
        order=HostGroups(
            tuple(data["hosts"]),
            {
                name: (tuple(group["hosts"]), tuple(group["children"]))
                for name, group in data["groups"].items()
            },
        ),
        unread=tuple(Path(file) for file in data["unread"]),
        digest=total.hexdigest(),
    )


def _variables(data: Mapping[str, Any]) -> InventoryVariables:
    groups = data["groups"]

    def width(name: str) -> tuple[int, int, str]:
        return groups[name]["depth"], groups[name]["priority"], name

    def own(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name not in _ORIGIN_VARIABLES}

    return InventoryVariables(
        cluster=VariableScope("group `all`", groups["all"]["vars"]),
        groups={
            name: VariableScope(f"group `{name}`", group["vars"])
            for name, group in groups.items()
            if group["vars"] and name != "all"
        },
        hosts={n: VariableScope(f"host `{n}`", own(h["vars"])) for n, h in data["hosts"].items()},
        groups_of={
            name: tuple(sorted((g for g in host["groups"] if g not in _IMPLICIT_GROUPS), key=width))
            for name, host in data["hosts"].items()
        },
        complete=not data["trouble"],
    )


def _mode_mark(mode: int) -> str:
    """Return the text of a mode in the digest, which for most files is an old one."""
    mark = mode_mark(mode)
    return {"-": "False", "x": "True"}.get(mark, mark)


def _files(path: Path) -> tuple[tuple[ContentFile, ...], str]:
    """Return the files to copy and the path for the bundle's ``ansible.cfg``."""
    if path.is_dir():
        found = [
            ContentFile(f"inventory/{f.relative}", f.path, f.mode) for f in content_files(path)
        ]
        return tuple(found), "inventory"
    mode = permissions(path.stat().st_mode)
    found = [ContentFile(f"inventory/{path.name}", path, mode)]
    for folder in _VARIABLE_DIRS:
        found.extend(
            ContentFile(f"inventory/{folder}/{f.relative}", f.path, f.mode)
            for f in content_files(path.parent / folder)
        )
    return tuple(found), f"inventory/{path.name}"
