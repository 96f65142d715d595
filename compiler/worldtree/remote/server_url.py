"""The address of a service: read, checked, and in one form."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from worldtree.core.errors import ExitCode, RefusedError, WorldTreeError
from worldtree.core.loopback import is_loopback_host

#: Below the address of a service.
API_PREFIX = "/api/v1"
#: Allows http:// to other machines: every value but these.
INSECURE_VARIABLE = "WORLDTREE_INSECURE_HTTP"
_OFF = ("", "0", "false", "no")
_PORTS = {"http": 80, "https": 443}


class ServerInputError(WorldTreeError):
    """What was given about a service is wrong; nothing was sent."""

    exit_code = ExitCode.INPUT


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """The address of a service without the path of its API, such as ``https://wt.example.org``."""

    text: str
    #: The host is this machine.
    is_loopback: bool

    @property
    def is_encrypted(self) -> bool:
        """Whether requests go by TLS."""
        return self.text.startswith("https:")

    @property
    def api(self) -> str:
        """The address of the API, without a slash at the end."""
        return f"{self.text}{API_PREFIX}"

    def __str__(self) -> str:
        return self.text


def read_server_url(given: str) -> ServerUrl:
    """Return the address of a service.

    The path of the API at its end is dropped. Raises ``ServerInputError``; the message shows no
    password.
    """
    text = given.strip()
    if any(unicodedata.category(one) in ("Cc", "Zs") for one in text):
        raise _wrong("it contains a space or a control character")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _wrong("it cannot be read") from None
    if parts.scheme not in _PORTS:
        raise _wrong("it does not begin with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise _wrong("it contains a user or a password", "log in with `wt login URL` instead")
    if parts.query or parts.fragment:
        raise _wrong("it has a query or a fragment")
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise _wrong("it names no host")
    path = parts.path.rstrip("/").removesuffix(API_PREFIX).rstrip("/")
    place = f"[{host}]" if ":" in host else host
    if port is not None and port != _PORTS[parts.scheme]:
        place += f":{port}"
    return ServerUrl(f"{parts.scheme}://{place}{path}", is_loopback_host(host))


def refuse_insecure(url: ServerUrl, *, allowed: bool) -> None:
    """Raise ``RefusedError`` for http:// to another machine unless it is ``allowed``."""
    if url.is_encrypted or url.is_loopback or allowed:
        return
    raise RefusedError(
        f"http://{url.text.partition('://')[2]} would get the token without encryption",
        code="server-insecure",
        hint="use https://, or, in a network that nobody else can read, `wt login --insecure-http "
        f"URL` or {INSECURE_VARIABLE}=1",
    )


def allows_insecure(value: str | None) -> bool:
    """Return whether a value of the variable allows http:// to other machines."""
    return (value or "").strip().lower() not in _OFF


def _wrong(why: str, hint: str = "example: https://wt.example.org") -> ServerInputError:
    return ServerInputError(
        f"the address of the service cannot be used: {why}", code="server-url-invalid", hint=hint
    )
