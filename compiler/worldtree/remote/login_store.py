"""Saved logins: one token per service, in a file that only its owner can read."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from worldtree.core.errors import WorldTreeError
from worldtree.core.fsync import write_durably

#: Version of the file's form.
_VERSION = 1
_FILE_NAME = "servers.json"


@dataclass(frozen=True, slots=True)
class SavedLogin:
    """What is known of a service; its token is never shown."""

    token: str = field(repr=False)
    user: str = ""
    #: ISO 8601 in UTC; None where it does not expire, or that is not known.
    expires: str | None = None
    #: File with the certificates of authorities to trust in place of those of the system.
    ca_file: str | None = None
    #: http:// to another machine was allowed.
    insecure_http: bool = False


def login_directory(environ: Mapping[str, str]) -> Path:
    """Return the directory of the file: below ``XDG_CONFIG_HOME``, or ``~/.config``."""
    given = environ.get("XDG_CONFIG_HOME", "")
    # The specification says that relative paths are to be ignored.
    base = Path(given) if given.startswith("/") else Path("~/.config").expanduser()
    return base / "worldtree"


class LoginStore:
    """Reads and writes the file in ``directory``; services are named by their whole address."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / _FILE_NAME

    def get(self, server: str) -> SavedLogin | None:
        """Return the login of a service. Raises ``WorldTreeError`` for a file that is unusable."""
        return self.all().get(server)

    def all(self) -> Mapping[str, SavedLogin]:
        """Return the logins by address; raises as ``get``."""
        try:
            with self.file.open("rb") as stream:
                mode = os.fstat(stream.fileno()).st_mode
                body = stream.read()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(f"cannot be read: {error.strerror}") from error
        if stat.S_IMODE(mode) & 0o077:
            raise WorldTreeError(
                f"others can read the tokens in {self.file}",
                code="logins-unusable",
                hint=f"run `chmod 600 {self.file}`, and log in again if somebody may have read it",
            )
        try:
            return {name: _read(one) for name, one in json.loads(body)["servers"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._unusable("is not a file of logins") from error

    def save(self, server: str, login: SavedLogin) -> None:
        """Keep the login of a service in place of an earlier one; raises as ``get``."""
        self._change(lambda known: {**known, server: login})

    def remove(self, server: str) -> bool:
        """Forget a login; return whether there was one. Raises as ``get``."""
        if server not in self.all():
            return False
        self._change(lambda known: {name: one for name, one in known.items() if name != server})
        return True

    def _change(
        self, change: Callable[[Mapping[str, SavedLogin]], Mapping[str, SavedLogin]]
    ) -> None:
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                self._write(change(self.all()))
        except OSError as error:
            raise self._unusable(f"cannot be written: {error.strerror}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold a lock beside the file, so that two logins at a time keep both."""
        descriptor = os.open(self.file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _write(self, logins: Mapping[str, SavedLogin]) -> None:
        """Replace the file at once; it has mode 0600 from its beginning."""
        data = {"version": _VERSION, "servers": {name: asdict(one) for name, one in logins.items()}}
        write_durably(self.file, (json.dumps(data, indent=1) + "\n").encode())

    def _unusable(self, why: str) -> WorldTreeError:
        return WorldTreeError(
            f"the saved logins {self.file}: the file {why}",
            code="logins-unusable",
            hint="correct or remove the file, then log in again with `wt login URL`",
        )


def _read(data: Mapping[str, object]) -> SavedLogin:
    """Return a login; keys of later versions are ignored."""
    known = {one.name for one in fields(SavedLogin)}
    # What was read is checked below.
    found = SavedLogin(**{name: value for name, value in data.items() if name in known})  # type: ignore[arg-type]
    if not isinstance(found.token, str):
        raise TypeError
    return found
