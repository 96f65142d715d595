"""Who asks for something."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from worldtree.core.process_identity import current_process


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a program, and from where the request came."""

    kind: Literal["person", "token", "system"]
    #: Such as ``root@host`` for a user of a machine.
    name: str
    #: For people: a process or an address.
    origin: str = ""

    def __str__(self) -> str:
        return f"{self.name}, {self.origin}" if self.origin else self.name

    def to_json(self) -> str:
        """Return the actor as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Actor:
        """Return the actor that ``to_json`` wrote."""
        return cls(**json.loads(text))


def local_user() -> Actor:
    """Return the user of the calling process."""
    process = current_process()
    return Actor("person", f"{process.user}@{process.host}", f"process {process.pid}")


def is_local_user(actor: Actor) -> bool:
    """Whether ``local_user`` returned the actor: who can use the database owns it."""
    return actor.kind == "person" and actor.origin.startswith("process ")
