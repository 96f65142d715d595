"""Converts settings of secret providers to the form of the broker and of the lookup plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worldtree.spec.models.secrets import Secrets

#: Settings that are references: the credentials for Vault.
_CREDENTIALS = frozenset({"token", "roleId", "secretId", "jwt"})
_FILES = frozenset({"caFile", "passwordFile"})


def resolve_secrets(secrets: Secrets, directory: Path | None) -> dict[str, dict[str, Any]]:
    """Return the explicit settings by the provider's key, with absolute paths of files.

    References are without ``${}``, so that no later pass resolves them.
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
