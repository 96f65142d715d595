"""Why a reference has no value: one slug per cause, and no value in any text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SecretProblem:
    """What is wrong with one reference."""

    #: Stable identifier, see docs/diagnostics.md.
    slug: str
    #: What is wrong, one line without the reference, lower case, no full stop.
    summary: str
    #: Why, a sentence; may be empty.
    why: str = ""
    #: How to mend it, an imperative sentence.
    mend: str = ""

    def data(self) -> dict[str, str]:
        """Return it as it goes over the broker's socket."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> SecretProblem:
        """Return the problem that ``data`` tells of."""
        return cls(**data)

    def __str__(self) -> str:
        return "; ".join(part for part in (self.summary, self.why.rstrip("."), self.mend) if part)


class SecretError(Exception):
    """A reference cannot be resolved."""

    def __init__(self, slug: str, summary: str, why: str = "", mend: str = "") -> None:
        self.problem = SecretProblem(slug, summary, why, mend)
        super().__init__(str(self.problem))
