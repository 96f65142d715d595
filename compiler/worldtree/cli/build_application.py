"""Builds the application for a command from the settings around it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from worldtree.app.service import Application


def application(**flags: object) -> Application:
    """Return the application; ``flags`` go over variables and the settings file.

    It is closed at the end of the command that asks for it.
    """
    from worldtree.app.service import Application
    from worldtree.core.settings import Settings

    made = Application(Settings.load(os.environ, Path.cwd()).with_flags(**flags))
    click.get_current_context().call_on_close(made.close)
    return made
