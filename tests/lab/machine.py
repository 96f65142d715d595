"""What labs need of the machine as a whole; set back after the last lab is down."""

from __future__ import annotations

import json
from pathlib import Path

from lab.state_directory import locked, state_directory

#: Kernel setting -> the least value labs need. Inotify instances are counted for all hosts
#: together, since root of every host is one user; each booted host takes about ten.
NEEDED = {
    "net/ipv4/ip_forward": 1,
    "fs/inotify/max_user_instances": 8192,
    "fs/inotify/max_user_watches": 524288,
}
_SYS = Path("/proc/sys")


def prepare() -> None:
    """Raise the settings that are too low, and remember what they were."""
    with locked("machine"):
        before = _remembered()
        for key, least in NEEDED.items():
            value = int((_SYS / key).read_text())
            if value < least:
                before.setdefault(key, value)
                _note().write_text(json.dumps(before, indent=2) + "\n")
                (_SYS / key).write_text(f"{least}\n")


def restore() -> None:
    """Set back what :func:`prepare` has changed."""
    with locked("machine"):
        for key, value in _remembered().items():
            (_SYS / key).write_text(f"{value}\n")
        _note().unlink(missing_ok=True)


def _note() -> Path:
    return state_directory() / "machine.json"


def _remembered() -> dict[str, int]:
    try:
        return dict(json.loads(_note().read_text()))
    except FileNotFoundError:
        return {}
