"""Servers of artifacts that stall, redirect, ask for credentials or have wrong certificates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path

import pytest

from certificates import make_certificate
from unit.artifacts.artifacts_of_tests import Fetching, Secrets, artifact, sha256
from unit.artifacts.fault_server import FileServer, file_server
from worldtree.artifacts.fetcher import FetchLimits
from worldtree.artifacts.sources.source_kind import OpenedSource, SourceKind
from worldtree.core.errors import WorldTreeError

BODY = bytes(range(256)) * 2000


def test_a_stalled_server_is_left(server: FileServer, tmp_path: Path) -> None:
    """The next source is asked: a file, which has no stall however slow the machine is."""
    server.add("/slow", BODY, has_ranges=False, stalls_after=100_000)
    (tmp_path / "right").write_bytes(BODY)
    fetching = Fetching(tmp_path / "cache", FetchLimits(tries=1), stall_seconds=0.2)
    wanted = artifact(f"{server.url}/slow", str(tmp_path / "right"), sha256=sha256(BODY))
    assert fetching.fetch(wanted) == BODY
    assert "the server sends nothing any more" in {one.reason for one in fetching.told}


def test_a_server_that_sends_hardly_anything_is_left(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte it would go on for ever; each window ends at once here."""

    class Drips(SourceKind):
        @contextmanager
        def open(self, source: object, point: object, context: object) -> Iterator[OpenedSource]:
            del source, point, context
            yield OpenedSource(repeat(b"x"), 0, None, "", shows_cuts=True)

    monkeypatch.setattr("worldtree.artifacts.receiver.artifact_kind", lambda *_: Drips())
    hasty = Fetching(fetching.cache.directory, stall_seconds=0.0)
    with pytest.raises(WorldTreeError, match="sends hardly anything any more"):
        hasty.fetch(artifact("./shop"))


def test_a_compressed_answer_is_refused_but_that_of_a_compressed_file_is_not(
    server: FileServer, fetching: Fetching
) -> None:
    """Old servers call a file `x.tgz` encoded, and send it as it is."""
    server.add("/shop", BODY, headers={"Content-Encoding": "br"})
    server.add("/shop.tgz", BODY, headers={"Content-Encoding": "x-gzip"})
    with pytest.raises(WorldTreeError, match="compressed"):
        fetching.fetch(artifact(f"{server.url}/shop"))
    assert fetching.fetch(artifact(f"{server.url}/shop.tgz")) == BODY


def test_credentials_go_to_the_server_of_the_document_only(
    server: FileServer, tmp_path: Path
) -> None:
    """A redirect to another server does not get them, and no text shows them."""
    fetching = Fetching(tmp_path, secret=Secrets(**{"${env:T}": "hunter2"}))
    with file_server() as other:
        other.add("/shop", BODY)
        server.redirects["/here"] = "/there"
        server.redirects["/there"] = f"{other.url}/shop?signature=hunter2"
        source = {"location": f"{server.url}/here?key=hunter2", "token": "${env:T}"}
        assert fetching.fetch(artifact(source)) == BODY
        for path in ("/here", "/there"):
            assert server.requests_of(path)[0]["Authorization"] == "Bearer hunter2"
        assert "Authorization" not in other.requests[0][1]
        other.redirects["/back"] = f"{server.url}/shop"
        server.redirects["/here"] = f"{other.url}/back"
        server.add("/shop", BODY)
        assert fetching.fetch(artifact(source)) == BODY
        assert "Authorization" not in server.requests_of("/shop")[0]
    assert "hunter2" not in repr(fetching.told)


def test_credentials_are_not_sent_in_clear_to_other_machines(tmp_path: Path) -> None:
    """Sources of components are not checked before."""
    fetching = Fetching(tmp_path, secret=Secrets(**{"${env:T}": "hunter2"}))
    source = {"location": "http://192.0.2.1/shop", "token": "${env:T}"}
    with pytest.raises(WorldTreeError, match="credentials are not sent by http"):
        fetching.fetch(artifact(source))


def test_a_user_and_password_are_sent(server: FileServer, tmp_path: Path) -> None:
    """As HTTP's basic authentication."""
    fetching = Fetching(tmp_path, secret=Secrets(**{"${env:P}": "wörld"}))
    server.add("/shop", BODY)
    source = {"location": f"{server.url}/shop", "username": "me", "password": "${env:P}"}
    assert fetching.fetch(artifact(source)) == BODY
    assert server.requests[0][1]["Authorization"] == "Basic bWU6d8O2cmxk"


def test_a_proxy_is_that_of_the_settings(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the environment is not used; credentials are sent to the proxy only."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    fetching = Fetching(tmp_path, secret=Secrets(**{"${env:P}": "pw"}))
    server.add("/shop", BODY)
    source = {
        "location": "http://nowhere.invalid/shop",
        "proxy": server.url,
        "proxy_username": "me",
        "proxy_password": "${env:P}",
    }
    assert fetching.fetch(artifact(source)) == BODY
    assert server.requests[0][1]["Proxy-Authorization"] == "Basic bWU6cHc="
    assert fetching.fetch(artifact(f"{server.url}/shop")) == BODY


def test_tls_is_verified_and_never_lost(server: FileServer, tmp_path: Path) -> None:
    """An unknown authority is refused, a `caFile` is used, a redirect to http is refused."""
    certificate, key = make_certificate(datetime.now(UTC) + timedelta(days=5))
    trusted, bundle = tmp_path / "ca.pem", tmp_path / "server.pem"
    trusted.write_bytes(certificate)
    bundle.write_bytes(certificate + key)
    fetching = Fetching(tmp_path / "cache")
    with file_server(bundle) as secure:
        secure.add("/shop", BODY)
        secure.redirects["/away"] = f"{server.url}/shop"
        server.redirects["/up"] = f"{secure.url}/shop"
        server.add("/shop", BODY)
        with pytest.raises(WorldTreeError, match="certificate of the server is not trusted"):
            fetching.fetch(artifact(f"{secure.url}/shop"))
        ca = {"ca_file": str(trusted)}
        assert fetching.fetch(artifact({"location": f"{secure.url}/shop", **ca})) == BODY
        assert fetching.fetch(artifact({"location": f"{server.url}/up", **ca})) == BODY
        with pytest.raises(WorldTreeError, match="redirects from https to http"):
            fetching.fetch(artifact({"location": f"{secure.url}/away", **ca}))


def test_redirects_end(server: FileServer, fetching: Fetching) -> None:
    """A loop and strange targets are reasons like others."""
    server.redirects |= {"/loop": "/loop", "/odd": "gopher://x/", "/me": "http://me:pw@x/"}
    for path, reason in (("loop", "without an end"), ("odd", "not one of"), ("me", "not one of")):
        with pytest.raises(WorldTreeError, match=reason):
            fetching.fetch(artifact(f"{server.url}/{path}"))
