"""From a bundle to a result: a frozen copy, a connection check, the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from worldtree.ansible.emit import Bundle
from worldtree.app.authoring import Authoring
from worldtree.app.requests import Selection
from worldtree.app.settings import Settings
from worldtree.compile.compiler import Compiled
from worldtree.errors import Diagnostic
from worldtree.plan.plan import Plan
from worldtree.store import Store


@dataclass(frozen=True)
class Prepared:
    """A plan that can be run: checked, and nothing touched yet."""

    plan: Plan
    #: In memory after compiling, or the directory of a reviewed bundle.
    bundle: Bundle | Path
    diagnostics: tuple[Diagnostic, ...] = ()


class Running:
    """Runs plans, one task at a time, and keeps what happened."""

    def __init__(self, settings: Settings, store: Store, authoring: Authoring) -> None:
        self._settings = settings
        self._store = store
        self._authoring = authoring

    def prepare(
        self, file: Path, cluster: str | None, pipeline: str, selection: Selection
    ) -> Prepared:
        """Compile one cluster of ``file``; raises ``InputError``."""
        compiled: Compiled = self._authoring.compile(
            self._authoring.plan(file, cluster, pipeline, selection)
        )
        return Prepared(compiled.plan, compiled.bundle, compiled.diagnostics)
