"""Pass ``carry``: the files outside roles that go into the bundle."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from worldtree.ansible.bundle.own_names import GENERATED_DIRECTORIES, GENERATED_FILES
from worldtree.ansible.content.roles import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.compile.carried_files import CarriedFilesFinder
from worldtree.compile.carry_answers import CarryAnswers
from worldtree.compile.environment_reads import report_environment_reads, report_local_pipes
from worldtree.compile.inventory_values import inventory_values
from worldtree.compile.overridden_defaults import overridden_defaults
from worldtree.compile.play_files import PlayFilesFinder
from worldtree.compile.role_checks.context import called_role
from worldtree.compile.state import CompileState
from worldtree.core.environment_paths import VAULT_IDENTITIES, vault_identities
from worldtree.core.errors import DiagnosticBag
from worldtree.core.written_paths import exists, home_path


def carry(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Find the files; report those that are not carried, and wrong entries of ``carry``.

    Reports what the same texts look up in vain: environment variables, output of commands.
    """
    directory, external = state.cluster.directory, state.inventory.external
    if directory is None:
        return state
    inventories = {directory: "inventory"}
    if external is not None:
        inventories = dict(external.placed.directories)
    files = [file.path for file in external.placed.files] if external is not None else []
    finder = CarriedFilesFinder(
        Path(state.cluster.file), inventories, bag, secrets=_secret_files(state), present=files
    )
    for index, written in enumerate(state.cluster.ansible.carry):
        _carry_written(finder, directory, written, index, bag)
    answers = CarryAnswers(
        tuple(finder.found().files), frozenset(state.cluster.ansible.carried_for)
    )
    nodes = state.graph.nodes.values()
    called = (called_role(node, state.roles) for node in nodes)
    shared = (state.roles.variable_files(node.vars_files) for node in nodes)
    readers = itertools.chain(called, shared)
    closures = [state.roles.closure_of(role) for role in readers if role is not None]
    roles = {str(role.path): role for one in closures for role in one.roles}.values()
    overridden = overridden_defaults(nodes, state.roles, state.inventory.variables)
    finder.add_roles(roles, overridden)
    finder.add_document(files)
    _add_files_of_tasks(state, roles, overridden, finder, answers, bag)
    report_environment_reads(finder.texts.items(), state.cluster.ansible.environment, bag)
    report_local_pipes(finder.texts.items(), bag)
    return replace(state, carried=finder.found())


def _add_files_of_tasks(
    state: CompileState,
    roles: Iterable[RoleInfo],
    overridden: Mapping[str, frozenset[str]],
    finder: CarriedFilesFinder,
    answers: CarryAnswers,
    bag: DiagnosticBag,
) -> None:
    values = inventory_values(state.inventory, Path(state.cluster.file).parent)
    plays = PlayFilesFinder(finder, values, bag, answers)
    for node in state.graph.nodes.values():
        play = called_role(node, state.roles) if node.play is not None else None
        if isinstance(play, PlayInfo):
            plays.add(play, node.vars)
    for role in roles:
        if role.origin == "team" and not isinstance(role, PlayInfo):
            plays.add_role(role, overridden.get(str(role.path), frozenset()))


def _carry_written(
    finder: CarriedFilesFinder, directory: Path, written: str, index: int, bag: DiagnosticBag
) -> None:
    name = os.path.normpath(written)
    place = directory / name
    top = name.partition("/")[0]
    reason = ""
    if home_path(written).is_absolute() or top in ("..", "."):
        reason = "It must be below the directory of the document."
    elif name in GENERATED_FILES or top in GENERATED_DIRECTORIES - {"roles"} or name == "roles":
        reason = "The bundle has its own files of this name."
    elif not exists(place):
        reason = f"There is no {place}."
    if not reason:
        links = list(finder.carry(name, place))
        reason = f"A symbolic link leads out of the directory: {links[0]}." if links else ""
    if reason:
        bag.error(
            "invalid-carry",
            f"`{written}` cannot be carried",
            detail=reason,
            hint="name a file or directory below that of the document",
            path=("spec", "ansible", "carry", index),
        )


def _secret_files(state: CompileState) -> Iterator[Path]:
    """Yield the files of keys and of vault passwords that are known."""
    config, cluster = state.config, state.cluster
    identities = config.value("defaults", "vault_identity_list") or ""
    written = [
        *(config.value("defaults", key) for key in ("vault_password_file", "private_key_file")),
        *(source for _, source in vault_identities(identities)),
        cluster.secrets.get("ansibleVault", {}).get("passwordFile"),
        os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE"),
        *(source for _, source in vault_identities(os.environ.get(VAULT_IDENTITIES, ""))),
    ]
    yield from (home_path(path) for path in written if path)
    for host in state.inventory.hosts:
        if host.ssh.private_key_file:
            yield cluster.path(host.ssh.private_key_file)
