"""The shipped configurations of proxies, run with real ones on free ports of this machine."""

from __future__ import annotations

import datetime
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from acceptance.test_worker_local import wait_for
from certificates import make_certificate
from debian_programs import Program, debian_program

_DEPLOY = Path(__file__).parents[2] / "deploy"
_NGINX_REST = """\
{user}
daemon off;
error_log stderr;
pid {place}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {place}/bodies;
    proxy_temp_path {place}/proxied;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    include {place}/worldtree.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs."""

    #: Its port for TLS, and that for plain HTTP.
    port: int
    plain_port: int
    #: The certificate, which is its own authority.
    certificate: Path


@contextmanager
def nginx(place: Path, service: int) -> Iterator[Proxy]:
    """Run nginx in front of the service on a port until the end of the block."""
    program = debian_program("nginx", "nginx")
    made = _make(place)
    changed = _changed(
        _DEPLOY / "nginx" / "worldtree.conf",
        ("127.0.0.1:8420", f"127.0.0.1:{service}"),
        ("listen 80;", f"listen 127.0.0.1:{made.plain_port};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{made.port} ssl"),
        ("/etc/ssl/worldtree/fullchain.pem", str(made.certificate)),
        ("/etc/ssl/worldtree/key.pem", str(made.certificate.with_name("key.pem"))),
    )
    (place / "worldtree.conf").write_text(changed, encoding="utf-8")
    # The directories of a test are closed to other users.
    rest = _NGINX_REST.format(place=place, user="user root;" if os.geteuid() == 0 else "")
    (place / "nginx.conf").write_text(rest, encoding="utf-8")
    words = ["-p", str(place), "-e", "stderr", "-c", str(place / "nginx.conf")]
    with _running(program, words, made):
        yield made


@contextmanager
def haproxy(place: Path, service: int) -> Iterator[Proxy]:
    """Run HAProxy in front of the service on a port until the end of the block."""
    libraries = ("liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1")
    program = debian_program("haproxy", "haproxy", *libraries)
    made = _make(place)
    both = made.certificate.read_text("ascii") + made.certificate.with_name("key.pem").read_text()
    (place / "worldtree.pem").write_text(both, encoding="ascii")
    changed = _changed(
        _DEPLOY / "haproxy" / "worldtree.cfg",
        ("127.0.0.1:8420", f"127.0.0.1:{service}"),
        ("bind :80", f"bind 127.0.0.1:{made.plain_port}"),
        ("bind :443", f"bind 127.0.0.1:{made.port}"),
        ("/etc/haproxy/worldtree.pem", str(place / "worldtree.pem")),
    )
    (place / "haproxy.cfg").write_text(changed, encoding="utf-8")
    with _running(program, ["-db", "-f", str(place / "haproxy.cfg")], made):
        yield made


def _changed(file: Path, *changes: tuple[str, str]) -> str:
    """Return a shipped file with other ports and places; each has to be in it."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{file} has no {old}"
        text = text.replace(old, new)
    return text


@contextmanager
def _running(program: Program, words: Sequence[str], made: Proxy) -> Iterator[None]:
    log = made.certificate.with_name("proxy.log")
    with log.open("w", encoding="utf-8") as file:
        running = subprocess.Popen(
            [str(program.path), *words],
            env={**os.environ, **program.environment},
            stdout=file,
            stderr=file,
        )

    def answers() -> bool:
        assert running.poll() is None, log.read_text(encoding="utf-8")
        with closing(socket.socket()) as tried:
            return tried.connect_ex(("127.0.0.1", made.port)) == 0

    try:
        wait_for(answers)
        yield
    finally:
        running.terminate()
        running.wait()


def _make(place: Path) -> Proxy:
    """Make a certificate for `localhost`, and choose ports."""
    place.mkdir()
    place.chmod(0o755)
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    certificate, private = make_certificate(end)
    file = place / "certificate.pem"
    file.write_bytes(certificate)
    (place / "key.pem").write_bytes(private)
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as one,
        closing(socket.create_server(("127.0.0.1", 0))) as other,
    ):
        return Proxy(one.getsockname()[1], other.getsockname()[1], file)
