"""Builds the application for a command: settings and ports of this process."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from worldtree.app.service import Application


def application(**flags: object) -> Application:
    """Return the application; ``flags`` override variables and the settings file.

    It is closed at the end of the current command.
    """
    from worldtree.app.ports import Ports
    from worldtree.app.service import Application
    from worldtree.cli.terminal_prompt import terminal_prompt
    from worldtree.core.actor import local_user
    from worldtree.core.environment_paths import with_absolute_paths
    from worldtree.core.settings import Settings

    directory = Path.cwd()
    ports = Ports(
        environ=with_absolute_paths(os.environ, directory),
        working_directory=directory,
        terminate=lambda pid: os.kill(pid, signal.SIGTERM),
        actor=local_user(),
        ask_secret=terminal_prompt(),
    )
    made = Application(Settings.load(os.environ, directory).with_flags(**flags), ports)
    click.get_current_context().call_on_close(made.close)
    return made.chosen_project()
