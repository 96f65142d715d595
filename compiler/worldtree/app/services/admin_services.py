"""Creates what administers access, the database and this machine."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from worldtree.app.services.service_base import ServiceBase

if TYPE_CHECKING:
    from worldtree.app.admin.access import AccessService
    from worldtree.app.admin.database import DatabaseService
    from worldtree.app.admin.doctor import Doctor
    from worldtree.app.admin.figures import FiguresService
    from worldtree.app.admin.maintenance import MaintenanceService
    from worldtree.app.admin.provider_login import ProviderLogin
    from worldtree.app.admin.worker_settings import WorkerSettingsService
    from worldtree.auth.provider_tokens import ProviderSettings


class AdminServices(ServiceBase):
    """Administers users, workers and the state."""

    @cached_property
    def access(self) -> AccessService:
        """Checks tokens; manages users, roles, tokens and projects."""
        from worldtree.app.admin.access import AccessService

        return AccessService(lambda: self.store, self._ports.actor)

    def provider_login(self, settings: ProviderSettings | None) -> ProviderLogin:
        """Return what logs users of an identity provider in. Raises ``ProviderConfigError``."""
        from worldtree.app.admin.provider_login import ProviderLogin

        return ProviderLogin(lambda: self.store, lambda: self.access, settings)

    @cached_property
    def worker_settings(self) -> WorkerSettingsService:
        """Binds clusters to workers, and limits projects."""
        from worldtree.app.admin.worker_settings import WorkerSettingsService

        return WorkerSettingsService(lambda: self.store, self._ports.actor)

    @cached_property
    def maintenance(self) -> MaintenanceService:
        """Maintains the state: rebuild, prune, unlock."""
        from worldtree.app.admin.maintenance import MaintenanceService

        return MaintenanceService(lambda: self.store)

    @cached_property
    def database(self) -> DatabaseService:
        """Upgrades the database."""
        from worldtree.app.admin.database import DatabaseService

        return DatabaseService(self.settings)

    @cached_property
    def figures(self) -> FiguresService:
        """Reads the figures of all projects."""
        from worldtree.app.admin.figures import FiguresService

        return FiguresService(lambda: self.store)

    @cached_property
    def doctor(self) -> Doctor:
        """Checks this machine and the state."""
        from worldtree.app.admin.doctor import Doctor

        return Doctor(self.settings, self._ports)
