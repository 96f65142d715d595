"""The versioned files of an attempt, ``supervisor.json`` and ``end.json``: written and read.

A file of an older version is upgraded when it is read; version 1 had no field ``version``. A file
of a newer version is refused. Imports are kept light.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from worldtree.core.errors import RefusedError
from worldtree.runner.process.process_table import ProcessRef
from worldtree.runner.process.protocol import (
    OUTCOME_FILE,
    SUPERVISOR_FILE,
    create_atomically,
    read_json,
    write_atomically,
)

#: Increased with every change of the fields; the upgrade from the version before goes below.
SUPERVISOR_VERSION = 2
OUTCOME_VERSION = 2

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
#: Version -> function that turns data of this version into data of the next.
_SUPERVISOR_UPGRADES: Mapping[int, Upgrade] = {1: lambda data: {**data, "version": 2}}
_OUTCOME_UPGRADES: Mapping[int, Upgrade] = {1: lambda data: {**data, "version": 2}}


def create_supervisor_file(directory: Path, process: ProcessRef | None) -> bool:
    """Write who supervises the attempt, None for nobody ever; False when the file exists."""
    fields = {} if process is None else process.as_dict()
    return create_atomically(directory / SUPERVISOR_FILE, {"version": SUPERVISOR_VERSION, **fields})


def read_supervisor(directory: Path) -> ProcessRef | None:
    """Return the process that supervises or supervised the attempt; None when it never started.

    Raises ``RefusedError`` for a file of a newer version or with other fields.
    """
    path = directory / SUPERVISOR_FILE
    data = read_json(path)
    if data is None:
        return None
    fields = upgraded(path, data, SUPERVISOR_VERSION, _SUPERVISOR_UPGRADES)
    try:
        return ProcessRef(**fields) if fields else None
    except TypeError as problem:
        raise unknown_fields(path) from problem


def write_outcome(directory: Path, outcome: Mapping[str, Any]) -> None:
    """Write how the attempt ended: the fields of a ``RunOutcome``."""
    write_atomically(directory / OUTCOME_FILE, {"version": OUTCOME_VERSION, **outcome})


def read_outcome(directory: Path) -> dict[str, Any] | None:
    """Return the fields of the attempt's ``RunOutcome``; None when there is no outcome yet.

    Raises ``RefusedError`` for a file of a newer version.
    """
    path = directory / OUTCOME_FILE
    data = read_json(path)
    return None if data is None else upgraded(path, data, OUTCOME_VERSION, _OUTCOME_UPGRADES)


def upgraded(
    path: Path, data: dict[str, Any], version: int, upgrades: Mapping[int, Upgrade]
) -> dict[str, Any]:
    """Return ``data`` of ``path`` in the fields of ``version``, without the version itself."""
    found = data.get("version", 1)
    if not isinstance(found, int) or not 1 <= found <= version:
        msg = f"{path} has version {found}, and this program reads up to version {version}"
        raise RefusedError(msg, hint="use the version of WorldTree that wrote it, or a newer one")
    for number in range(found, version):
        data = upgrades[number](data)
    return {name: value for name, value in data.items() if name != "version"}


def unknown_fields(path: Path) -> RefusedError:
    """Return the error that a file does not have the fields of its version."""
    msg = f"{path} does not have the fields of its version"
    return RefusedError(msg, hint="use the version of WorldTree that wrote it")
