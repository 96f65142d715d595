"""The OpenAPI document, without a running service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worldtree.api.app import create_api
from worldtree.api.settings import ApiSettings
from worldtree.app.ports import Ports
from worldtree.app.service import Application
from worldtree.auth.principal import Principal
from worldtree.core.actor import Actor
from worldtree.core.settings import Settings

#: Nothing is opened there.
_NOWHERE = Path("/nowhere")


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API."""
    ports = Ports({}, _NOWHERE, lambda _process: None, Actor("system", "openapi"))
    application = Application(Settings(_NOWHERE), ports)
    return create_api(application, ApiSettings(_refuse)).openapi()


def _refuse(_token: str) -> Principal:
    raise RuntimeError("nobody asks while the document is written")
