"""A service whose every secret is a canary, and everything that it tells anybody.

Secrets of documents from each provider, secrets of channels, a password, a session, tokens, and the
login of the database. ``Heard`` is what left the service: answers, notices, mails, traces, exports.
"""

from __future__ import annotations

import base64
import gzip
import os
import socket
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx2
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from sqlalchemy import create_engine, inspect, text

from acceptance.secret_leaks import canary, write_vaulted_file
from unit.http_server import run_handler
from unit.secrets.bao import Bao, write
from worldtree.api.streams.frames import SSE_PING

#: Providers of a document's secrets.
PROVIDERS = ("env", "file", "prompt", "av", "kv1", "kv2")
_CHANNEL = "WORLDTREE_NOTIFY_DEFAULT__"


@dataclass(frozen=True)
class Canaries:
    """Secrets by name, the references of a document to them, and the service's environment."""

    values: Mapping[str, str]
    references: Mapping[str, str]
    environment: Mapping[str, str]
    #: The text of ``[policy.secrets]``.
    policy: str


def make_canaries(given: Path, bao: Bao) -> Canaries:
    """Put a secret where each provider finds it; what lies on disk is in ``given``."""
    given.mkdir()
    values = {name: canary(name) for name in (*PROVIDERS, "avpass")}
    # Addresses, headers and logins of mail servers have few characters.
    values |= {name: canary(name).partition("/")[0] for name in ("mail", "url", "otlp")}
    key = f"whsec-c4nary-{os.urandom(8).hex()}".encode()
    values["webhook"] = "whsec_" + base64.b64encode(key).decode()
    (given / "file").write_text(values["file"])
    write_vaulted_file(given, values["av"], values["avpass"])
    write(bao, "app", key=values["kv2"])
    bao.root.secrets.kv.v1.create_or_update_secret("app", {"key": values["kv1"]}, mount_point="old")
    values["bao"] = bao.token(bao.policy("service", "kv/data/*", "old/*"))
    references = {
        "env": "${env:CANARY_ENV}",
        "file": f"${{file:{given}/file}}",
        "prompt": "${prompt:DB password}",
        "av": f"${{ansible-vault:{given}/av.yml#key}}",
        "kv1": "${vault:old/app#key}",
        "kv2": "${vault:kv/app#key}",
    }
    environment = {
        "CANARY_ENV": values["env"],
        "WORLDTREE_PROMPT_DB_PASSWORD": values["prompt"],
        "VAULT_ADDR": bao.address,
        "VAULT_TOKEN": values["bao"],
        "ANSIBLE_VAULT_PASSWORD_FILE": str(given / "password"),
        f"{_CHANNEL}SECRET": values["webhook"],
        f"{_CHANNEL}MAIL": values["mail"],
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={values['otlp']}",
        "WORLDTREE_NOTIFY_NETWORKS": "127.0.0.0/8",
    }
    policy = "\n".join(
        f'{name} = ["*"]' for name in ("env", "file", "prompt", "ansible-vault", "vault")
    )
    return Canaries(values, references, environment, f"[policy.secrets]\n{policy}\n")


@dataclass
class Heard:
    """What left the service, by where it was heard."""

    texts: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, text: bytes) -> None:
        """Keep a text under a name of its own."""
        self.texts[f"{name} ({len(self.texts)})"] = text

    def count(self, name: str) -> int:
        """Return how many texts were heard there."""
        return sum(one.startswith(f"{name} (") for one in self.texts)

    def containing(self, needles: list[bytes]) -> list[str]:
        """Return where a needle is."""
        return [
            name for name, text in self.texts.items() if any(needle in text for needle in needles)
        ]


@contextmanager
def webhook_sink(heard: Heard, environment: dict[str, str], secret_path: str) -> Iterator[None]:
    """Receive webhooks until the end of the block; their address, a secret too, is a variable."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            # The path is the secret address.
            heard.add("webhook", str(self.headers).encode() + body)
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with run_handler(Handler) as url:
        environment[f"{_CHANNEL}URL"] = f"{url}/{secret_path}"
        yield


@contextmanager
def mail_sink(heard: Heard, password: str) -> Iterator[int]:
    """Receive mails of who knows the password; yields the port."""

    class Sink:
        async def handle_DATA(  # noqa: N802 - aiosmtpd's name
            self, _server: Any, _session: Any, envelope: Any
        ) -> str:
            mail = message_from_bytes(envelope.content)
            bodies = [part.get_payload(decode=True) or b"" for part in mail.walk()]
            heard.add("mail", envelope.content + b"".join(bodies))
            return "250 OK"

    def check(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=good, handled=False)

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    controller = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=port,
        authenticator=check,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def channels(mail_port: int) -> list[dict[str, Any]]:
    """Return bodies that create both channels."""
    mail = {
        "host": "127.0.0.1",
        "port": mail_port,
        "security": "none",
        "user": "wt",
        "password": f"${{env:{_CHANNEL}MAIL}}",
        "sender": "wt@example.com",
        "to": ["ops@example.com"],
    }
    hook = {"url": f"${{env:{_CHANNEL}URL}}", "secret": f"${{env:{_CHANNEL}SECRET}}"}
    return [
        {"name": "hook", "kind": "webhook", "settings": hook},
        {"name": "mail", "kind": "email", "settings": mail},
    ]


def read_everything(client: httpx2.Client, heard: Heard, given: Mapping[str, str]) -> None:
    """Keep the answer of every route of the API that reads; ``given`` has parameters by name.

    Streams of tasks end by themselves, since their tasks have ended. That of all events has no end:
    it is read from the beginning until nothing else comes.
    """
    base = str(client.base_url).rstrip("/")
    root = base.removesuffix("/api/v1")
    paths = client.get(f"{root}/api/v1/openapi.json").json()["paths"]
    assert len(paths) > 30
    for path, methods in paths.items():
        if "get" in methods:
            words = {**given, "name": "ann"} if "/users/" in path else given
            place = path.format_map(defaultdict(lambda: "1", words))
            is_endless = path == "/api/v1/events/stream"
            query = {"after": 0} if is_endless else {}
            body = b""
            with client.stream("GET", f"{root}{place}", params=query) as answer:
                for part in answer.iter_bytes():
                    body += part
                    if is_endless and body.endswith(SSE_PING):
                        break
            assert answer.status_code < 500, (place, body)
            with suppress(gzip.BadGzipFile, EOFError):
                body += gzip.decompress(body)
            heard.add(f"GET {place}", str(answer.headers).encode() + body)


def database_contents(url: str) -> Iterator[tuple[str, bytes]]:
    """Yield each value of each row of each table as text, with its place; bytes also unpacked."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    tables = inspect(engine).get_table_names()
    assert len(tables) > 20
    with engine.connect() as connection:
        for table in tables:
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                for column, value in row.items():
                    place = f"database {table}.{column}"
                    if isinstance(value, bytes | memoryview):
                        data = bytes(value)
                        with suppress(zlib.error):
                            data += zlib.decompress(data)
                        yield place, data
                    else:
                        yield place, str(value).encode()
    engine.dispose()
