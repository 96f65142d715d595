"""TLS before a server that speaks none: an authority of our own, and a socket that passes on."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def _certificate(directory: Path) -> Path:
    """Write a certificate for 127.0.0.1 that vouches for itself, and its key; return its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = directory / "authority.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@contextlib.contextmanager
def serve_tls(address: str, directory: Path) -> Iterator[tuple[str, Path]]:
    """Offer ``address`` over TLS; yield the new address and the authority's file."""
    authority = _certificate(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, directory / "key.pem")
    target = urlsplit(address)
    assert target.hostname
    assert target.port
    behind = (target.hostname, target.port)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk(raw: socket.socket) -> None:
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(raw, server_side=True) as client,
                socket.create_connection(behind) as server,
            ):
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += client.recv(65536)
                # One question a connection, so that the end of the answer is the server's end.
                server.sendall(asked.replace(b"keep-alive", b"close"))
                while part := server.recv(65536):
                    client.sendall(part)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", authority
        listener.shutdown(socket.SHUT_RDWR)


def authority_text(directory: Path) -> str:
    """Return the text of a certificate that vouches for itself."""
    return _certificate(directory).read_text()
