"""The channel kind ``webhook``: a POST with a signature as Standard Webhooks describes it.

Redirects are not followed, proxies not used, and the answer's body not read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from worldtree.app.notifications.channel_kind import ChannelKind, DeliveryError, OutgoingMessage
from worldtree.core.network_guard import AddressRefusedError, NetworkGuard

#: Seconds for the connection and each answer, and for a whole try.
_TIMEOUT, _TOTAL_TIMEOUT = 10.0, 20.0
#: How a secret of Standard Webhooks begins; the rest is base64.
_SECRET_PREFIX = "whsec_"
_MIN_SECRET_BYTES = 16


class WebhookSettings(BaseModel):
    """Where to send, and the secret of the signature."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: ``https``; ``http`` only in networks that the operator allows. May be a reference.
    url: str = Field(max_length=2000)
    #: A reference to a text ``whsec_…``.
    secret: str = Field(max_length=500)

    @field_validator("url")
    @classmethod
    def _leads_somewhere(cls, url: str) -> str:
        if "${" not in url:
            _place(url)
        return url


class WebhookChannel(ChannelKind):
    """Sends events to a program."""

    name: ClassVar[str] = "webhook"
    secret_settings: ClassVar[frozenset[str]] = frozenset({"secret"})

    def check(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return settings with defaults. Raises ``ValueError``."""
        return WebhookSettings(**settings).model_dump()

    def send(
        self, message: OutgoingMessage, settings: Mapping[str, Any], guard: NetworkGuard
    ) -> str:
        """Send the event; return the status. Raises ``DeliveryError``."""
        body = json.dumps(message.event, separators=(",", ":")).encode()
        try:
            scheme, host, port, target = _place(settings["url"])
            addresses = guard.addresses(host, port)
        except (ValueError, AddressRefusedError) as problem:
            raise DeliveryError(str(problem)) from None
        if scheme == "http" and not guard.is_allowed_network(addresses):
            raise DeliveryError("plain HTTP is allowed in networks of the operator only")
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "WorldTree",
            "webhook-id": message.id,
            "webhook-timestamp": str(message.timestamp),
            "webhook-signature": sign(settings["secret"], message.id, message.timestamp, body),
        }
        connection = _Connection(host, port, addresses, is_tls=scheme == "https")
        limit = threading.Timer(_TOTAL_TIMEOUT, connection.abort)
        limit.daemon = True
        limit.start()
        try:
            connection.request("POST", target, body, headers)
            status = connection.getresponse().status
        except ssl.SSLCertVerificationError:
            raise DeliveryError("the certificate of the host is not valid") from None
        except TimeoutError:
            raise DeliveryError("no answer in time") from None
        except (OSError, http.client.HTTPException) as error:
            raise DeliveryError(f"the request failed: {type(error).__name__}") from None
        finally:
            limit.cancel()
            connection.close()
        return _judge(status)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of Standard Webhooks, version 1. Raises ``DeliveryError``."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _MIN_SECRET_BYTES:
        raise DeliveryError(
            f"the secret is not `{_SECRET_PREFIX}` and base64 of {_MIN_SECRET_BYTES} bytes or more"
        )
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _judge(status: int) -> str:
    if 200 <= status < 300:
        return f"HTTP {status}"
    if 300 <= status < 400:
        raise DeliveryError(f"HTTP {status}: redirects are not followed")
    # The receiver says that it is gone for good.
    raise DeliveryError(f"HTTP {status}", is_final=status == http.HTTPStatus.GONE)


def _place(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and target of a URL; raises ``ValueError`` without its text."""
    try:
        found = urlsplit(url)
        host, port = found.hostname, found.port
    except ValueError:
        raise ValueError("the URL is not valid") from None
    if found.scheme not in ("http", "https") or not host:
        raise ValueError("the URL is not one of https with a host")
    if found.username is not None or found.password is not None:
        raise ValueError("the URL has a user or a password: the signature tells who sends")
    target = (found.path or "/") + (f"?{found.query}" if found.query else "")
    if not (target + host).isascii() or any(one <= " " for one in target + host):
        raise ValueError("the URL has characters that must be encoded")
    return found.scheme, host, port or (443 if found.scheme == "https" else 80), target


class _Connection(http.client.HTTPConnection):
    """A connection to addresses that were checked, in the name of their host."""

    def __init__(self, host: str, port: int, addresses: tuple[str, ...], *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=_TIMEOUT)
        self._addresses = addresses
        self._context = ssl.create_default_context() if is_tls else None
        if is_tls:
            # For the header `Host`: it has a port only where that is another one.
            self.default_port = 443

    def connect(self) -> None:
        """Connect to the first address that answers."""
        for number, address in enumerate(self._addresses, 1):
            try:
                self.sock = socket.create_connection((address, self.port), _TIMEOUT)
                break
            except OSError:
                if number == len(self._addresses):
                    raise
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)

    def abort(self) -> None:
        """End a request from another thread."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


KIND = WebhookChannel()
