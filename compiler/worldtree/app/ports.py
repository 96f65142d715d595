"""What the application gets from its caller: environment, directory, questions, signals.

The application itself reads none of these, so that a command, a server and a worker can each give
their own. ``pyproject.toml`` bans the calls below ``worldtree.app``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.core.actor import Actor

if TYPE_CHECKING:
    from worldtree.app.documents.service_policy import ServicePolicy


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked; the answer is empty where none is given."""

    text: str
    #: Whether the answer shows while it is typed.
    is_shown: bool = False
    #: Whether it has to be given twice.
    is_confirmed: bool = False
    #: What an empty answer stands for; it shows only where the answer does.
    default: str | None = None


#: Asks a question and returns the answer.
AskSecret = Callable[[Question], str]


@dataclass(frozen=True)
class Ports:
    """The surroundings of one application."""

    #: Variables of the environment, for secret providers and for ``ansible-playbook``, which run
    #: elsewhere: paths in them are absolute (``core.environment_paths``).
    environ: Mapping[str, str] = field(repr=False)
    #: Absolute; where relative paths start.
    working_directory: Path
    #: Asks the process with this id, on this machine, to end its task. Raises ``OSError``.
    terminate: Callable[[int], None]
    #: Who asks for what the application does.
    actor: Actor
    #: None where nobody can be asked.
    ask_secret: AskSecret | None = None
    #: What documents may do; None where they are the owner's, as at a terminal.
    policy: ServicePolicy | None = None
    #: The W3C header of the request; None without one.
    traceparent: str | None = None
