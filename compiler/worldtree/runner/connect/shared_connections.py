"""Closes a task's shared ssh connections."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from worldtree.core.environment_allowlist import allowed_environment


def close_connections(control_dir: Path) -> None:
    """Close every connection whose control socket is in ``control_dir``; remove the directory."""
    asked = [
        subprocess.Popen(
            ["ssh", "-o", f"ControlPath={control}", "-O", "exit", "all"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=allowed_environment(os.environ),
        )
        for control in (control_dir.iterdir() if control_dir.is_dir() else ())
    ]
    for process in asked:
        process.wait()
    shutil.rmtree(control_dir, ignore_errors=True)
