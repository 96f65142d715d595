"""The record of a scenario's newest green run: ``proven.json`` beside its ``molecule.yml``.

Only :func:`scenarios.runner.run` writes it. It is committed, and tells the gate which scenarios
have nothing new to prove.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

RECORD = "proven.json"


@dataclass(frozen=True)
class Record:
    """A green run of a scenario."""

    #: Day of the run, ISO 8601.
    date: str
    seconds: int
    #: Digest by part of the tree, as `scenarios.digest.parts` gives them.
    parts: dict[str, str]

    def save(self, directory: Path) -> None:
        """Write the record into the scenario's directory."""
        (directory / RECORD).write_text(json.dumps(asdict(self), indent=2) + "\n")


def load(directory: Path) -> Record | None:
    """Read the record of the scenario in ``directory``; None when it has never passed."""
    try:
        text = (directory / RECORD).read_text()
    except FileNotFoundError:
        return None
    return Record(**json.loads(text))


def changed_parts(record: Record | None, parts: dict[str, str]) -> list[str]:
    """Return the parts that are not as they were in the recorded run; empty when all are."""
    known = {} if record is None else record.parts
    return sorted(
        name for name in known.keys() | parts.keys() if known.get(name) != parts.get(name)
    )
