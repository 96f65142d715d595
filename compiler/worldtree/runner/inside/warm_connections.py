"""Has Ansible's own connections run modules in forks of a server: the warm connections.

The code is that of the collection ``worldtree.core`` that comes with this program, whichever one a
bundle has. A connection plugin of a team stays, and so does one that is named in full
(``ansible.builtin.ssh``).
"""

from __future__ import annotations

import configparser
import importlib
import importlib.util
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Switches them off with ``0``.
WARM_VARIABLE = "WORLDTREE_WARM"
#: Name under which the package is loaded.
_PACKAGE = "worldtree_warm"
#: Ansible's connections by the names that plays and inventories use.
_CONNECTIONS = ("local", "ssh")
#: Seconds to wait for the ends of all servers on this machine.
_END_SECONDS = 0.5


def preload(collection: Path) -> None:
    """Import what every run needs from the directory of the collection ``worldtree.core``.

    Ansible has to be imported.
    """
    directory = collection / "plugins" / "plugin_utils" / "warm"
    spec = importlib.util.spec_from_file_location(
        _PACKAGE, directory / "__init__.py", submodule_search_locations=[str(directory)]
    )
    assert spec is not None, "the file ships with this program"
    assert spec.loader is not None, "a spec of a file has a loader"
    sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[_PACKAGE])
    for name in _CONNECTIONS:
        _warm_class(name)


def use_warm_connections(bundle: Path) -> None:
    """Have this ansible-playbook use warm connections, unless ``bundle`` or the caller does not."""
    if os.environ.get(WARM_VARIABLE, "1") == "0" or not _is_allowed(bundle):
        return
    from ansible.plugins.loader import connection_loader

    find = connection_loader.get_with_context

    def find_warm(name: str, *args: Any, **options: Any) -> Any:
        found = find(name, *args, **options)
        if name in _CONNECTIONS:
            warm = _warm_class(name)
            ordinary = importlib.import_module(f"ansible.plugins.connection.{name}").Connection
            if type(found.object) is ordinary:
                connection = object.__new__(warm)
                vars(connection).update(vars(found.object))
                return found._replace(object=connection)
        return found

    connection_loader.get_with_context = find_warm


def end_servers() -> None:
    """End the servers of this ansible-playbook: nothing of a run outlives it."""
    package = sys.modules.get(f"{_PACKAGE}.connection")
    if package is not None:
        # An error leaves a server that ends by itself, as it watches this process.
        with suppress(OSError):
            package.end_servers(_END_SECONDS)


def remove_directories(mark: str) -> None:
    """Remove what servers left that were killed; ``mark`` is the name of a run's processes."""
    if _PACKAGE in sys.modules:
        module = importlib.import_module(f"{_PACKAGE}.server_directory")
        module.remove_abandoned(mark, 0)


def module_calls() -> dict[str, Any]:
    """Return how many calls of modules went warm, and how many did not, by reason; empty if off."""
    package = sys.modules.get(f"{_PACKAGE}.client")
    if package is None:
        return {}
    connection = importlib.import_module(f"{_PACKAGE}.connection")
    counts: dict[str, int] = package.count_calls(connection.warm_directory())
    warm = counts.pop("warm", 0)
    return {"warm": warm, "ordinary": counts} if warm or counts else {}


def _is_allowed(bundle: Path) -> bool:
    settings = configparser.RawConfigParser(strict=False)
    try:
        settings.read(bundle / "ansible.cfg", encoding="utf-8")
        return settings.getboolean("worldtree", "warm", fallback=True)
    except (configparser.Error, ValueError, UnicodeDecodeError):
        return False  # Ansible itself says what is wrong with the file.


def _warm_class(name: str) -> Any:
    return importlib.import_module(f"{_PACKAGE}.{name}").Connection
