"""Settings: flags, then ``WORLDTREE_*`` variables, then ``worldtree.toml``, then defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from worldtree.core.errors import Diagnostic, InputError, Mark
from worldtree.core.suggestions import did_you_mean
from worldtree.core.written_paths import home_path

#: Name of the optional settings file in the working directory.
SETTINGS_FILE = "worldtree.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings outside the document; each field has a ``WORLDTREE_`` variable."""

    #: Directory of state: the database, tasks, keys.
    home: Path
    #: Seconds to wait for a host in the connection check; 0 uses the value of the document.
    connect_timeout: float = 0.0
    #: Hosts that one Ansible run works on in parallel; 0 uses the value of the document.
    forks: int = 0
    #: Ansible's verbosity, as its ``-v`` (1) to ``-vvvvvv`` (6), for ``wt tasks logs``.
    verbosity: int = 0
    #: Whether modules may run in forks of one process (1), or Python starts for each one (0).
    warm: int = 1
    #: ``postgresql://…`` for state on a server; empty for a file under ``home``. Never shown, as
    #: it may contain a password.
    database_url: str = field(default="", repr=False)
    #: Name of the project whose clusters and tasks commands are about; empty for the default one.
    project: str = ""
    #: Seconds without the database after which a worker's tasks end their runs, so that another
    #: worker can go on with them; the same on all machines. 0 is 75.
    worker_outage: float = 0.0
    #: Networks without public addresses to which notifications may go: ``10.0.0.0/8, fd00::/8``.
    notify_networks: str = ""
    #: File with the key that seals files of clusters in a server's database; None is `store.key`
    #: in the state directory.
    store_key_file: Path | None = None

    @classmethod
    def load(cls, environ: Mapping[str, str], directory: Path) -> Settings:
        """Read the settings; raises ``InputError`` for unknown names and values of a wrong type."""
        given: dict[str, object] = {}
        file = directory / SETTINGS_FILE
        if file.is_file():
            given |= _read_file(file)
        for known in fields(cls):
            variable = f"WORLDTREE_{known.name.upper()}"
            if environ.get(variable):
                given[known.name] = _convert(known.name, environ[variable], variable, None)
        if "home" not in given:
            given["home"] = _default_home()
        settings = cls(**given)  # type: ignore[arg-type]  # converted above, field by field
        key = settings.store_key_file
        return replace(
            settings,
            home=home_path(settings.home).absolute(),
            store_key_file=None if key is None else home_path(key).absolute(),
        )

    def with_flags(self, **flags: object) -> Settings:
        """Return these settings, overridden by every flag that is not None."""
        given: dict[str, Any] = {n: value for n, value in flags.items() if value is not None}
        return replace(self, **given)


_TYPES: dict[str, type[Path] | type[float] | type[int] | type[str]] = {
    "home": Path,
    "connect_timeout": float,
    "forks": int,
    "verbosity": int,
    "warm": int,
    "database_url": str,
    "project": str,
    "worker_outage": float,
    "notify_networks": str,
    "store_key_file": Path,
}


def _default_home() -> Path:
    from platformdirs import user_state_path

    return user_state_path("worldtree")


def _read_file(file: Path) -> dict[str, object]:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(
            [
                Diagnostic(
                    "bad-settings",
                    f"`{file.name}` is not valid TOML",
                    detail=f"The parser reports: {problem}.",
                    hint="correct the file, or remove it to use the defaults",
                    mark=Mark(str(file), 1, 1),
                )
            ]
        ) from problem
    found: dict[str, object] = {}
    for name, value in data.items():
        if name not in _TYPES:
            raise InputError(
                [
                    Diagnostic(
                        "bad-settings",
                        f"unknown setting `{name}`",
                        detail=f"The settings are {', '.join(_TYPES)}.",
                        hint=did_you_mean(name, _TYPES),
                        mark=Mark(str(file), _line_of(file, name), 1),
                    )
                ]
            )
        found[name] = _convert(name, value, name, Mark(str(file), _line_of(file, name), 1))
    return found


def _line_of(file: Path, name: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((i for i, line in enumerate(lines, 1) if line.lstrip().startswith(name)), 1)


def _convert(name: str, value: object, shown: str, mark: Mark | None) -> object:
    kind = _TYPES[name]
    try:
        if isinstance(value, bool) or (kind is str and not isinstance(value, str)):
            raise TypeError
        # The conversion raises for a value of the wrong type.
        converted = kind(value)  # type: ignore[call-overload,arg-type]
        if isinstance(converted, int | float) and converted < 0:
            raise ValueError
    except (TypeError, ValueError) as problem:
        words = {
            Path: "a path",
            float: "a number of seconds",
            int: "an integer",
            str: "a string",
        }
        raise InputError(
            [
                Diagnostic(
                    "bad-settings",
                    f"`{shown}` is not {words[kind]}",
                    detail=f"Found {value!r}.",
                    hint=f"set it to {words[kind]}"
                    + ("" if kind in (Path, str) else ", zero or more"),
                    mark=mark,
                )
            ]
        ) from problem
    return converted
