"""The channel kind ``email``: a mail by SMTP."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from worldtree.app.notifications.channel_kind import ChannelKind, DeliveryError, OutgoingMessage
from worldtree.core.network_guard import AddressRefusedError, NetworkGuard

_TIMEOUT = 15.0
_MAX_SUBJECT = 200
_Mailbox = Annotated[str, Field(max_length=320, pattern=r"^[^\s<>,;@\x00]+@[^\s<>,;@\x00]+$")]


class EmailSettings(BaseModel):
    """A mail server, and whom to write."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    host: str = Field(max_length=255, pattern=r"^[A-Za-z0-9._:-]+$")
    port: int = Field(default=587, ge=1, le=65535)
    #: ``none`` only in networks that the operator allows.
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = Field(default=None, max_length=320)
    #: A reference.
    password: str | None = Field(default=None, max_length=500, validate_default=True)
    sender: _Mailbox
    to: list[_Mailbox] = Field(min_length=1, max_length=50)

    @field_validator("password")
    @classmethod
    def _belongs_to_a_user(cls, password: str | None, info: ValidationInfo) -> str | None:
        if (info.data.get("user") is None) != (password is None):
            raise ValueError("`user` and `password` belong together")
        return password


class EmailChannel(ChannelKind):
    """Sends mails to people."""

    name: ClassVar[str] = "email"
    secret_settings: ClassVar[frozenset[str]] = frozenset({"password"})

    def check(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return settings with defaults. Raises ``ValueError``."""
        return EmailSettings(**settings).model_dump()

    def send(
        self, message: OutgoingMessage, settings: Mapping[str, Any], guard: NetworkGuard
    ) -> str:
        """Send the mail. Raises ``DeliveryError``."""
        given = EmailSettings(**settings)
        try:
            addresses = guard.addresses(given.host, given.port)
        except AddressRefusedError as problem:
            raise DeliveryError(str(problem)) from None
        if given.security == "none" and not guard.is_allowed_network(addresses):
            raise DeliveryError("mail without TLS is allowed in networks of the operator only")
        try:
            _send(_mail(message, given), given, addresses[0])
        except ssl.SSLCertVerificationError:
            raise DeliveryError("the certificate of the mail server is not valid") from None
        except TimeoutError:
            raise DeliveryError("no answer in time") from None
        except smtplib.SMTPResponseException as error:
            raise DeliveryError(f"the mail server answered {error.smtp_code}") from None
        except smtplib.SMTPRecipientsRefused:
            raise DeliveryError("the mail server takes no mail for these addresses") from None
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"the mail was not sent: {type(error).__name__}") from None
        return f"accepted for {len(given.to)} addresses"


def _mail(message: OutgoingMessage, settings: EmailSettings) -> EmailMessage:
    mail = EmailMessage()
    # A header is one line, whatever a task said.
    subject = " ".join(message.subject.split())
    mail["Subject"] = f"[WorldTree] {subject[:_MAX_SUBJECT]}"
    mail["From"], mail["To"] = settings.sender, ", ".join(settings.to)
    mail["Date"] = formatdate(message.timestamp)
    # Mail programs show one with an id that they know only once.
    mail["Message-ID"] = f"<{message.id}@{settings.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


def _send(mail: EmailMessage, settings: EmailSettings, address: str) -> None:
    server: smtplib.SMTP
    if settings.security == "tls":
        server = _TlsServer(settings.host, settings.port, address)
    else:
        server = _Server(settings.host, settings.port, address)
    with server:
        if settings.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.user is not None and settings.password is not None:
            server.login(settings.user, settings.password)
        server.send_message(mail)


class _Server(smtplib.SMTP):
    """A mail server at an address that was checked, in the name of its host."""

    def __init__(self, host: str, port: int, address: str) -> None:
        self._address = address
        super().__init__(host, port, timeout=_TIMEOUT)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        del host  # It may lead elsewhere by now.
        return socket.create_connection((self._address, port), timeout)


class _TlsServer(_Server):
    """As above, with TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = super()._get_socket(host, port, timeout)
        return ssl.create_default_context().wrap_socket(found, server_hostname=host)


KIND = EmailChannel()
