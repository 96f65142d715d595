"""The base of all models of this package: frozen, strict, serialisable data."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class PlanModel(BaseModel):
    """Pure data: immutable, no unknown keys, JSON round-trip exact."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
