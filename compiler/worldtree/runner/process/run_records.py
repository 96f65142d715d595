"""The versioned files of an attempt, ``supervisor.json`` and ``end.json``: written and read.

Version 1 of either had no field ``version``. Imports are kept light.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worldtree.core.format_versions import Format, UnreadableFormatError
from worldtree.runner.process.process_table import ProcessRef
from worldtree.runner.process.protocol import (
    OUTCOME_FILE,
    SUPERVISOR_FILE,
    create_atomically,
    read_json,
    write_atomically,
)


def _same_fields(data: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 1 to 2, which added the version itself."""
    return data


SUPERVISOR_FORMAT = Format("the supervisor of a run", upgrades=(_same_fields,))
OUTCOME_FORMAT = Format("the outcome of a run", upgrades=(_same_fields,))


def create_supervisor_file(directory: Path, process: ProcessRef | None) -> bool:
    """Write who supervises the attempt, None for nobody ever; False when the file exists."""
    fields = {} if process is None else process.as_dict()
    return create_atomically(directory / SUPERVISOR_FILE, SUPERVISOR_FORMAT.stamped(fields))


def read_supervisor(directory: Path) -> ProcessRef | None:
    """Return the process that supervises or supervised the attempt; None when it never started.

    Raises ``UnreadableFormatError`` for a file of a newer version or with other fields.
    """
    path = directory / SUPERVISOR_FILE
    data = read_json(path)
    if data is None:
        return None
    fields = SUPERVISOR_FORMAT.upgraded(data, str(path))
    try:
        return ProcessRef(**fields) if fields else None
    except TypeError as problem:
        raise other_fields(SUPERVISOR_FORMAT, path) from problem


def write_outcome(directory: Path, outcome: Mapping[str, Any]) -> None:
    """Write how the attempt ended: the fields of a ``RunOutcome``."""
    write_atomically(directory / OUTCOME_FILE, OUTCOME_FORMAT.stamped(outcome))


def read_outcome(directory: Path) -> dict[str, Any] | None:
    """Return the fields of the attempt's ``RunOutcome``; None when there is no outcome yet.

    Raises ``UnreadableFormatError`` for a file of a newer version.
    """
    path = directory / OUTCOME_FILE
    data = read_json(path)
    return None if data is None else OUTCOME_FORMAT.upgraded(data, str(path))


def other_fields(file_format: Format, path: Path) -> UnreadableFormatError:
    """Return the error that a file does not have the fields of its version."""
    return file_format.unreadable("does not have the fields of its version", str(path))
