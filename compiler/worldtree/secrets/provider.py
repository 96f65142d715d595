"""The interface of secret providers, and the context that a provider gets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worldtree.core.written_paths import home_path


def _unanswered(reference: str) -> str:
    raise LookupError(reference)


@dataclass(frozen=True)
class ProviderContext:
    """Everything a provider may use; none of it is on disk or in an argument list."""

    #: The environment in which ``wt`` was called.
    environ: Mapping[str, str] = field(default_factory=dict)
    #: The provider's section of ``spec.secrets``, with camelCase keys.
    settings: Mapping[str, Any] = field(default_factory=dict)
    #: Base directories of relative paths, in order.
    directories: tuple[Path, ...] = ()
    #: Question -> answer given on the terminal before the task started.
    answers: Mapping[str, str] = field(default_factory=dict)
    #: Resolves a reference to another provider; raises ``SecretError``.
    ask: Callable[[str], str] = _unanswered
    #: Adds a value that is not a secret of the document (such as a token of the store) to the
    #: values that are redacted.
    conceal: Callable[[str], None] = lambda _: None

    def path(self, written: str) -> Path:
        """Return ``written`` if absolute, else the first existing path below ``directories``."""
        path = home_path(written)
        candidates = [directory / path for directory in self.directories] or [path]
        return next((found for found in candidates if found.exists()), candidates[0])


class Provider(ABC):
    """Resolves references; called from several threads, but only once per reference."""

    def __init__(self, context: ProviderContext) -> None:
        self.context = context

    @abstractmethod
    def resolve(self, rest: str) -> str:
        """Return the secret that ``rest`` (after ``provider:``) names; raises ``SecretError``."""

    def is_shown(self, rest: str) -> bool:  # noqa: ARG002  # Providers override it.
        """Whether the value of ``rest`` is no secret, so that it is not redacted."""
        return False

    def upkeep(self) -> float | None:
        """Do periodic work such as renewing a token; return the seconds until the next call."""
        return None

    def close(self) -> None:  # noqa: B027  # Most providers have nothing to release.
        """Release resources, such as tokens, within two seconds."""
