"""Settings of providers of secrets, as the broker and the collection's lookup take them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worldtree.spec.models.secrets import Secrets

#: Settings that are references: what logs in to Vault.
_CREDENTIALS = frozenset({"token", "roleId", "secretId", "jwt"})
_FILES = frozenset({"caFile", "passwordFile"})


def resolve_secrets(secrets: Secrets, directory: Path | None) -> dict[str, dict[str, Any]]:
    """Return settings by provider's key, only those given; files by an absolute path.

    References stand without ``${}``, so that nothing takes them for something to fill in.
    """
    found: dict[str, dict[str, Any]] = secrets.model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    return {
        provider: {key: _setting(key, value, directory) for key, value in settings.items()}
        for provider, settings in found.items()
    }


def _setting(key: str, value: Any, directory: Path | None) -> Any:
    if key in _CREDENTIALS:
        return value.removeprefix("${").removesuffix("}")
    if key in _FILES and directory is not None and not value.startswith("~"):
        return str(directory / value)
    return value
