"""What a provider of secrets is, and what it gets to work with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _unanswered(reference: str) -> str:
    raise LookupError(reference)


@dataclass(frozen=True)
class ProviderContext:
    """Everything a provider may use; nothing of it is on a disk or in an argument list."""

    #: The environment in which ``wt`` was called.
    environ: Mapping[str, str] = field(default_factory=dict)
    #: The provider's own part of ``spec.secrets``, camelCase keys.
    settings: Mapping[str, Any] = field(default_factory=dict)
    #: Where relative paths start, tried in order.
    directories: tuple[Path, ...] = ()
    #: Question -> what was answered on the terminal at the start.
    answers: Mapping[str, str] = field(default_factory=dict)
    #: Resolves a reference to another provider; raises ``SecretError``.
    ask: Callable[[str], str] = _unanswered
    #: Has a value that is no secret of the document (a token, a password of a store) taken out of
    #: everything that is kept, like the secrets.
    conceal: Callable[[str], None] = lambda _: None

    def path(self, written: str) -> Path:
        """Return ``written`` as a path: absolute, or the first that exists in ``directories``."""
        path = Path(written).expanduser()
        candidates = [directory / path for directory in self.directories] or [path]
        return next((found for found in candidates if found.exists()), candidates[0])


class Provider(ABC):
    """Resolves references; used from several threads, but each reference from one only."""

    def __init__(self, context: ProviderContext) -> None:
        self.context = context

    @abstractmethod
    def resolve(self, rest: str) -> str:
        """Return the secret that ``rest`` (behind ``provider:``) names; raises ``SecretError``."""

    def upkeep(self) -> float | None:
        """Do what is due, such as renewing a token; return seconds until the next time."""
        return None

    def close(self) -> None:  # noqa: B027  # Most have nothing to give back.
        """Give back what was taken, within two seconds."""
