"""Which cluster of which file a request is about, and what is given beside the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldtree.plan.plan import Plan


@dataclass(frozen=True)
class DocumentRequest:
    """A document and what a caller adds to it."""

    file: Path
    #: None where the file has one document.
    cluster: str | None = None
    #: Win over all variables of the document.
    extra_vars: Mapping[str, Any] = field(default_factory=dict)
    #: Take the place of the document's hosts; paths are relative to its directory.
    inventories: tuple[str, ...] = ()

    @classmethod
    def again(cls, plan: Plan, file: Path) -> DocumentRequest:
        """Return the request by which ``plan`` was made of ``file``."""
        return cls(file, plan.cluster, plan.extra_vars, plan.inventories)
