"""The application: everything a command, an API call or a worker can ask for.

Its parts are built from the settings when they are first asked for, so that a command pays only for
what it uses: this is the one place where parts are wired together.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.app.authoring import Authoring
    from worldtree.app.cancelling import Cancelling
    from worldtree.app.doctor import Doctor
    from worldtree.app.drifting import Drifting
    from worldtree.app.facts import Facts
    from worldtree.app.history import History
    from worldtree.app.reference import Reference
    from worldtree.app.rehearsing import Rehearsing
    from worldtree.app.replanning import Replanning
    from worldtree.app.resuming import Resuming
    from worldtree.app.running import Running
    from worldtree.app.settings import Settings
    from worldtree.app.undoing import Undoing
    from worldtree.app.upkeep import Upkeep
    from worldtree.store.store import Store


class Application:
    """Give it settings; ask its parts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def authoring(self) -> Authoring:
        """Documents to plans and bundles."""
        from worldtree.app.authoring import Authoring

        return Authoring()

    @cached_property
    def running(self) -> Running:
        """Bundles to results."""
        from worldtree.app.running import Running

        # Compiling takes a moment to load, which a reviewed bundle does not need.
        return Running(
            self.settings, lambda: self.store, lambda: self.authoring, lambda: self.undoing
        )

    @cached_property
    def rehearsing(self) -> Rehearsing:
        """How a plan would go."""
        from worldtree.app.rehearsing import Rehearsing

        return Rehearsing(self.settings, lambda: self.store)

    @cached_property
    def resuming(self) -> Resuming:
        """Tasks that were cut off, to their end."""
        from worldtree.app.resuming import Resuming

        return Resuming(self.settings, lambda: self.store, lambda: self.authoring, self.undoing)

    @cached_property
    def replanning(self) -> Replanning:
        """Tasks whose documents have changed, to their end."""
        from worldtree.app.replanning import Replanning

        return Replanning(
            self.settings,
            lambda: self.store,
            lambda: self.authoring,
            self.running,
            self.resuming,
            self.undoing,
        )

    @cached_property
    def undoing(self) -> Undoing:
        """Tasks, taken back."""
        from worldtree.app.undoing import Undoing

        return Undoing(self.settings, lambda: self.store)

    @cached_property
    def drifting(self) -> Drifting:
        """Where hosts differ from the document."""
        from worldtree.app.drifting import Drifting

        return Drifting(self.running)

    @cached_property
    def cancelling(self) -> Cancelling:
        """An end to tasks that other processes run."""
        from worldtree.app.cancelling import Cancelling

        return Cancelling(self.settings, lambda: self.store)

    @cached_property
    def facts(self) -> Facts:
        """What hosts said of themselves."""
        from worldtree.app.facts import Facts

        return Facts(lambda: self.store, self.running)

    @cached_property
    def history(self) -> History:
        """What was run before."""
        from worldtree.app.history import History

        return History(lambda: self.store)

    @cached_property
    def upkeep(self) -> Upkeep:
        """Care of the state between tasks."""
        from worldtree.app.upkeep import Upkeep

        return Upkeep(lambda: self.store)

    @cached_property
    def doctor(self) -> Doctor:
        """What is wrong with this machine and the state on it."""
        from worldtree.app.doctor import Doctor

        return Doctor(self.settings)

    @cached_property
    def reference(self) -> Reference:
        """What can be written in a document, and what is in a team's roles."""
        from worldtree.app.reference import Reference

        return Reference()

    @cached_property
    def store(self) -> Store:
        """The durable state; costs most of a second to load, so it is opened when it is used."""
        from worldtree.store.store import Store

        return Store.open(self.settings.home, self.settings.database_url)

    def close(self) -> None:
        """Close what was opened; asking again does nothing."""
        if "store" in self.__dict__:
            self.store.close()
