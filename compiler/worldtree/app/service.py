"""The application: everything a command, an API call or a worker can ask for.

Its parts are built from the settings when they are first asked for, so that a command pays only for
what it uses: this is the one place where parts are wired together.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.app.admin.doctor import Doctor
    from worldtree.app.admin.maintenance import Upkeep
    from worldtree.app.documents.authoring import Authoring
    from worldtree.app.documents.reference import Reference
    from worldtree.app.hosts.facts import Facts
    from worldtree.app.tasks.apply import Running
    from worldtree.app.tasks.cancel import Cancelling
    from worldtree.app.tasks.drift import Drifting
    from worldtree.app.tasks.dry_run import Rehearsing
    from worldtree.app.tasks.history import History
    from worldtree.app.tasks.replan import Replanning
    from worldtree.app.tasks.resume import Resuming
    from worldtree.app.tasks.rollback import Undoing
    from worldtree.core.settings import Settings
    from worldtree.store.store import Store


class Application:
    """Give it settings; ask its parts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def authoring(self) -> Authoring:
        """Documents to plans and bundles."""
        from worldtree.app.documents.authoring import Authoring

        return Authoring()

    @cached_property
    def running(self) -> Running:
        """Bundles to results."""
        from worldtree.app.tasks.apply import Running

        # Compiling takes a moment to load, which a reviewed bundle does not need.
        return Running(
            self.settings, lambda: self.store, lambda: self.authoring, lambda: self.undoing
        )

    @cached_property
    def rehearsing(self) -> Rehearsing:
        """How a plan would go."""
        from worldtree.app.tasks.dry_run import Rehearsing

        return Rehearsing(self.settings, lambda: self.store)

    @cached_property
    def resuming(self) -> Resuming:
        """Tasks that were cut off, to their end."""
        from worldtree.app.tasks.resume import Resuming

        return Resuming(self.settings, lambda: self.store, lambda: self.authoring, self.undoing)

    @cached_property
    def replanning(self) -> Replanning:
        """Tasks whose documents have changed, to their end."""
        from worldtree.app.tasks.replan import Replanning

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
        from worldtree.app.tasks.rollback import Undoing

        return Undoing(self.settings, lambda: self.store)

    @cached_property
    def drifting(self) -> Drifting:
        """Where hosts differ from the document."""
        from worldtree.app.tasks.drift import Drifting

        return Drifting(self.running)

    @cached_property
    def cancelling(self) -> Cancelling:
        """An end to tasks that other processes run."""
        from worldtree.app.tasks.cancel import Cancelling

        return Cancelling(self.settings, lambda: self.store)

    @cached_property
    def facts(self) -> Facts:
        """What hosts said of themselves."""
        from worldtree.app.hosts.facts import Facts

        return Facts(lambda: self.store, self.running)

    @cached_property
    def history(self) -> History:
        """What was run before."""
        from worldtree.app.tasks.history import History

        return History(lambda: self.store)

    @cached_property
    def upkeep(self) -> Upkeep:
        """Care of the state between tasks."""
        from worldtree.app.admin.maintenance import Upkeep

        return Upkeep(lambda: self.store)

    @cached_property
    def doctor(self) -> Doctor:
        """What is wrong with this machine and the state on it."""
        from worldtree.app.admin.doctor import Doctor

        return Doctor(self.settings)

    @cached_property
    def reference(self) -> Reference:
        """What can be written in a document, and what is in a team's roles."""
        from worldtree.app.documents.reference import Reference

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
