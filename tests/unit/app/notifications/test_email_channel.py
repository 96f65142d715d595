"""Mails to a real SMTP server on the loopback interface."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from certificates import make_certificate
from worldtree.app.notifications.channel_kind import DeliveryError, OutgoingMessage
from worldtree.app.notifications.email_channel import KIND
from worldtree.core.network_guard import NetworkGuard, read_networks

LOOPBACK = NetworkGuard(read_networks("127.0.0.0/8"))
SETTINGS = {"host": "localhost", "sender": "wt@example.com", "to": ["ops@example.com"]}
MESSAGE = OutgoingMessage("wt-1", 1_796_000_000, "a\r\nBcc: x@y.z", "two\nlines", {})


class Sink(Message):
    """Keeps mails."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        """Keep one."""
        self.mails.append(message)


def certificate(directory: Path) -> Path:
    """Write a certificate of ``localhost`` with its key; return the file."""
    file = directory / "mail.pem"
    made, private = make_certificate(datetime.now(UTC) + timedelta(days=1))
    file.write_bytes(private + made)
    return file


@contextmanager
def mail_server(sink: Sink, *, tls: ssl.SSLContext | None, starttls: bool) -> Iterator[int]:
    """Serve until the end of the block; yield the port."""

    def check(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == b"right"
        return AuthResult(success=good, handled=False)

    def session() -> SMTP:
        loop = asyncio.get_running_loop()
        context = tls if starttls else None
        needs = tls is not None and starttls
        return SMTP(
            sink,
            loop=loop,
            hostname="localhost",
            tls_context=context,
            require_starttls=needs,
            authenticator=check,
            auth_require_tls=starttls,
        )

    loop, ready, port = asyncio.new_event_loop(), threading.Event(), [0]

    async def begin() -> asyncio.Server:
        direct = None if starttls else tls
        return await loop.create_server(session, "127.0.0.1", 0, ssl=direct)

    def run() -> None:
        server = loop.run_until_complete(begin())
        port[0] = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(30)
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """TLS of a server whose certificate this process trusts."""
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(file)
    return found


def send(port: int, guard: NetworkGuard = LOOPBACK, **settings: Any) -> str:
    """Send the message."""
    return KIND.send(MESSAGE, {**SETTINGS, "port": port, **settings}, guard)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_arrives_over_tls(context: ssl.SSLContext, security: str) -> None:
    sink = Sink()
    login = {"user": "wt", "password": "right"} if security == "starttls" else {}
    with mail_server(sink, tls=context, starttls=security == "starttls") as port:
        assert send(port, security=security, **login) == "accepted for 1 addresses"
    (mail,) = sink.mails
    assert mail["Subject"] == "[WorldTree] a Bcc: x@y.z"
    assert mail["Bcc"] is None
    assert (mail["From"], mail["To"]) == ("wt@example.com", "ops@example.com")
    assert mail["Message-ID"] == "<wt-1@example.com>"
    assert "two\r\nlines" in mail.get_payload() or "two\nlines" in mail.get_payload()


def test_a_wrong_password_is_told_without_it(context: ssl.SSLContext) -> None:
    with mail_server(Sink(), tls=context, starttls=True) as port:
        with pytest.raises(DeliveryError, match="answered 535") as problem:
            send(port, user="wt", password="wrong-canary")
        assert "wrong-canary" not in str(problem.value)


def test_a_certificate_that_nobody_knows_is_refused(
    context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with (
        mail_server(Sink(), tls=context, starttls=True) as port,
        pytest.raises(DeliveryError, match="certificate"),
    ):
        send(port)


def test_a_server_without_tls_gets_no_mail_unless_told() -> None:
    sink = Sink()
    with mail_server(sink, tls=None, starttls=False) as port:
        with pytest.raises(DeliveryError, match="was not sent"):
            send(port)
        assert sink.mails == []
        send(port, security="none")
    assert len(sink.mails) == 1


def test_the_server_of_a_private_address_is_refused() -> None:
    with pytest.raises(DeliveryError, match="not public"):
        send(25, NetworkGuard())


def test_a_server_that_is_away() -> None:
    with pytest.raises(DeliveryError, match="was not sent"):
        send(1, security="none")
