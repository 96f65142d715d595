"""Why a reference cannot be resolved: one slug per cause, and no secret value in any text."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class SecretProblem:
    """The problem with one reference."""

    #: Stable identifier, see docs/diagnostics.md.
    slug: str
    #: What is wrong, one line without the reference, lower case, no full stop.
    summary: str
    #: Why, a sentence; may be empty.
    why: str = ""
    #: How to fix it, an imperative sentence.
    help: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the fields as the broker's protocol has them."""
        return asdict(self)

    def __str__(self) -> str:
        return "; ".join(part for part in (self.summary, self.why.rstrip("."), self.help) if part)


class SecretError(Exception):
    """A reference cannot be resolved."""

    def __init__(self, slug: str, summary: str, why: str = "", help: str = "") -> None:
        self.problem = SecretProblem(slug, summary, why, help)
        super().__init__(str(self.problem))
