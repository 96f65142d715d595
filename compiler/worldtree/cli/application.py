"""Builds the application for a command from the settings around it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.app.service import Application


def application(**flags: object) -> Application:
    """Return the application; ``flags`` go over variables and the settings file."""
    from worldtree.app.service import Application
    from worldtree.app.settings import Settings

    return Application(Settings.load(os.environ, Path.cwd()).with_flags(**flags))
