"""A team's existing Ansible inventories: read by Ansible itself, copied into the bundle."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from worldtree.ansible.content.config_text import config_text
from worldtree.ansible.content.file_digests import digest_over
from worldtree.ansible.content.file_modes import mode_mark
from worldtree.ansible.content.inventory.connection_vars import inventory_host
from worldtree.ansible.content.inventory.sources import (
    InventorySource,
    PlacedSources,
    place_sources,
)
from worldtree.ansible.content.inventory.variables import (
    FileVariables,
    InventoryVariables,
    VariableScope,
)
from worldtree.ansible.content.team_config import TeamConfig
from worldtree.core.environment_paths import VAULT_ANSWER
from worldtree.core.errors import Diagnostic, DocPath, Severity
from worldtree.core.text import and_more
from worldtree.plan.plan import PlanHost
from worldtree.spec.host_patterns import LOCALHOST, HostGroups

_PROBE_PROGRAM = Path(__file__).with_name("probe.py")
#: Groups that every inventory has.
_IMPLICIT_GROUPS = frozenset({"all", "ungrouped"})
#: Variables in which Ansible keeps each host's origin; they are not the team's.
_ORIGIN_VARIABLES = frozenset({"inventory_file", "inventory_dir"})
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
    """The data of existing inventories, and what of them goes into the bundle."""

    #: In the inventory's order; ``roles`` are all groups that a host is in. Their ``vars`` are only
    #: connection settings: all variables stay in the inventory's own files, so that precedence
    #: stays Ansible's.
    hosts: tuple[PlanHost, ...]
    #: Group → every member, those of inner groups too.
    groups: Mapping[str, tuple[str, ...]]
    #: Group → groups inside it.
    children: Mapping[str, tuple[str, ...]]
    variables: InventoryVariables
    placed: PlacedSources
    #: The sha256 (hex) over the files, and over hosts and groups, which a script may change.
    digest: str
    #: Hosts and groups in Ansible's order.
    order: HostGroups = field(default_factory=HostGroups)
    #: Files of a directory that Ansible cannot read as an inventory; it warns of them.
    unread: tuple[Path, ...] = ()


def read_inventory(
    sources: Sequence[InventorySource],
    *,
    collection_paths: Iterable[Path] = (),
    timeout: float = 60.0,
    config: TeamConfig | None = None,
    vault_files: Iterable[str] = (),
) -> tuple[ExternalInventory | None, list[Diagnostic]]:
    """Read ``sources`` (INI, YAML, directory, script, plugin configuration, names) as one.

    They are read in a process of its own, with the caller's environment; a script is executed to
    get the names of hosts and groups. Variables of later sources take precedence. ``timeout`` is in
    seconds. ``vault_files`` are files of vault passwords besides those of Ansible's configuration.
    Returns None with the reasons when one cannot be read.
    """
    missing = [s for s in sources if s.path is not None and not s.path.exists()]
    if missing:
        hint = "the path is relative to the document's directory"
        return None, [
            Diagnostic("inventory-not-found", f"there is no `{one.path}`", "", hint, path=one.at)
            for one in missing
        ]
    found, why = _run_probe(sources, collection_paths, timeout, config or TeamConfig(), vault_files)
    if isinstance(found, _Failure):
        wrong = sources if found.index is None else [sources[found.index]]
        options = " ".join(f"-i {source.written}" for source in wrong)
        summary = f"Ansible cannot read the {_named(wrong)}"
        hint = f"try it with Ansible alone:\n    ansible-inventory {options} --list"
        return None, [Diagnostic("unreadable-inventory", summary, why, hint, path=_place(wrong))]
    if not found["hosts"]:
        text, hint = f"the {_named(sources)} has no hosts", "add hosts to it, or name another file"
        if len(sources) > 1:
            text = f"the {_named(sources)} have no hosts"
            hint = "add hosts to one of them, or name another one"
        why, place = "There is no host to run on.", _place(sources)
        return None, [Diagnostic("empty-inventory", text, why, hint, path=place)]
    read = _inventory(sources, found)
    problems = [_partly_unread(sources, found)] if found["trouble"] else []
    problems += _files_unread(sources, read.unread)
    return read, problems


def _named(sources: Sequence[InventorySource]) -> str:
    labels = [f"`{source.label}`" for source in sources]
    return f"inventory {labels[0]}" if len(labels) == 1 else f"inventories {', '.join(labels)}"


def _place(sources: Sequence[InventorySource]) -> DocPath | None:
    """Return the place of a single source in the document, or that of all of them."""
    at = sources[0].at
    return at if at is None or len(sources) == 1 else ("spec", "inventory")


def _partly_unread(sources: Sequence[InventorySource], data: Mapping[str, Any]) -> Diagnostic:
    hint = "give Ansible the vault password: set `spec.secrets.ansibleVault.passwordFile`, or"
    hint += " ANSIBLE_VAULT_PASSWORD_FILE"
    if not data["locked"]:
        options = " ".join(f"-i {source.written}" for source in sources)
        hint = (
            f"correct the file; see it with Ansible alone:\n    ansible-inventory {options} --list"
        )
    elif data["opens"]:
        hint = "no vault password that is set decrypts them; add the right one, such as with"
        hint += " ANSIBLE_VAULT_IDENTITY_LIST"
    return Diagnostic(
        "inventory-partly-unread",
        f"some variables of the {_named(sources)} could not be read",
        detail="; ".join(data["trouble"][:5]) + ". Variables that roles require are not checked.",
        hint=hint,
        severity=Severity.WARNING,
        path=_place(sources),
    )


def _files_unread(sources: Iterable[InventorySource], files: Iterable[Path]) -> list[Diagnostic]:
    """Return a warning per directory with files that Ansible passes over."""
    # Ansible's own messages quote the files, which may be keys.
    found = []
    left = set(files)
    for source in dict.fromkeys(sources):
        inside = sorted(f for f in left if source.path and f.is_relative_to(source.path))
        left -= set(inside)
        if inside and source.path:
            names = and_more([f"`{f.relative_to(source.path)}`" for f in inside], _MAX_FILES)
            found.append(_file_unread(source, names))
    return found


def _file_unread(source: InventorySource, names: str) -> Diagnostic:
    return Diagnostic(
        "inventory-file-unread",
        f"no host or group is read from {names} of the inventory `{source.label}`",
        detail="Ansible warns of such files and goes on with the rest, also when the bundle runs.",
        hint="move what is no inventory to another directory (Ansible passes over `.md`, `.txt`,"
        f" `.cfg` …), or see what is wrong:\n    ansible-inventory -i {source.path} --list",
        severity=Severity.WARNING,
        path=source.at,
    )


@dataclass(frozen=True, slots=True)
class _Failure:
    """An inventory was not read; ``index`` is that of the source, if it is one alone."""

    index: int | None = None


def _run_probe(
    sources: Sequence[InventorySource],
    collection_paths: Iterable[Path],
    timeout: float,
    config: TeamConfig,
    vault_files: Iterable[str],
) -> tuple[dict[str, Any] | _Failure, str]:
    """Return the output of the probe, or a failure with its reason."""
    has_directory = any(source.path is not None and source.path.is_dir() for source in sources)
    environment = {
        **{name: value for name, value in os.environ.items() if name != VAULT_ANSWER},
        # Of files in a directory Ansible only warns, since some may be no inventory.
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "false" if has_directory else "true",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true",
        "ANSIBLE_NOCOLOR": "1",
    }
    collections = os.pathsep.join(str(p) for p in collection_paths)
    if collections:
        environment["ANSIBLE_COLLECTIONS_PATH"] = collections
    asked = {"sources": [str(s.written) for s in sources], "vault_files": list(vault_files)}
    try:
        with TemporaryDirectory(prefix="wt-inventory-") as directory:
            # As in the bundle: none but the team's, and not that of the working directory.
            file = Path(directory) / "ansible.cfg"
            file.write_text(probe_config(config), encoding="utf-8")
            done = subprocess.run(
                [sys.executable, str(_PROBE_PROGRAM), json.dumps(asked)],
                capture_output=True,
                text=True,
                errors="replace",
                env={**environment, "ANSIBLE_CONFIG": str(file)},
                input=os.environ.get(VAULT_ANSWER, ""),
                timeout=timeout,
                check=False,
            )
    except subprocess.TimeoutExpired:
        return _Failure(), (
            f"It took longer than {timeout:g} s and was ended; no setting changes this limit."
        )
    try:
        found = json.loads(done.stdout.rpartition("\n")[2])
    except ValueError:
        found = {}
    if done.returncode != 0 or "hosts" not in found:
        return _Failure(found.get("failed")), _causes(done.stderr)
    return found, ""


def probe_config(config: TeamConfig) -> str:
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


def _inventory(sources: Sequence[InventorySource], data: Mapping[str, Any]) -> ExternalInventory:
    variables = _variables(data)
    placed = place_sources(sources)
    children = {
        name: tuple(c for c in group["children"] if c not in _IMPLICIT_GROUPS)
        for name, group in data["groups"].items()
        if name not in _IMPLICIT_GROUPS
    }
    hosts = tuple(inventory_host(name, variables) for name in data["hosts"])
    groups = {
        name: tuple(h for h in data["hosts"] if name in variables.groups_of[h]) for name in children
    }
    total = digest_over(placed.files, _mode_mark)
    total.update(json.dumps([list(data["hosts"]), groups], sort_keys=True).encode())
    if len(sources) > 1:
        total.update(json.dumps(placed.sources).encode())
    return ExternalInventory(
        hosts=hosts,
        groups=groups,
        children={name: inner for name, inner in children.items() if inner},
        variables=variables,
        placed=placed,
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

    def scopes(of: str) -> dict[str, VariableScope]:
        return {
            name: VariableScope(f"group `{name}`", group[of])
            for name, group in groups.items()
            if group[of] and name != "all"
        }

    return InventoryVariables(
        cluster=VariableScope("group `all`", groups["all"]["vars"]),
        groups=scopes("vars"),
        files=FileVariables(VariableScope("group `all`", groups["all"]["files"]), scopes("files")),
        hosts={
            name: VariableScope(f"host `{name}`", own(values))
            for name, values in (
                *((name, host["vars"]) for name, host in data["hosts"].items()),
                *([(LOCALHOST, data["local"])] if data["local"] else []),
            )
        },
        groups_of={
            name: tuple(sorted((g for g in host["groups"] if g not in _IMPLICIT_GROUPS), key=width))
            for name, host in data["hosts"].items()
        },
        complete=not data["trouble"],
        partly_read=_partly_read(data),
    )


def _partly_read(data: Mapping[str, Any]) -> frozenset[str]:
    """Return the hosts of whose variables some could not be read."""
    groups = {name for name, group in data["groups"].items() if group["partly"]}
    local = data["local_partly"] or "all" in groups
    return frozenset(
        [
            *(
                name
                for name, host in data["hosts"].items()
                if host["partly"] or not groups.isdisjoint({"all", *host["groups"]})
            ),
            *([LOCALHOST] if local else []),
        ]
    )


def _mode_mark(mode: int) -> str:
    """Return the text of a mode in the digest, which for most files is an old one."""
    mark = mode_mark(mode)
    return {"-": "False", "x": "True"}.get(mark, mark)
