"""Objects of a real S3 server that checks signatures, also over a network with faults."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from certificates import make_certificate
from s3_server import ACCESS_KEY, SECRET_KEY, S3Server, s3_server
from unit.artifacts.artifacts_of_tests import Fetching, Secrets, artifact, sha256
from unit.artifacts.fault_relay import Relay, fault_relay
from unit.artifacts.fault_server import FileServer
from worldtree.artifacts.progress import FetchProgress, FetchState
from worldtree.artifacts.sources import s3_requests
from worldtree.artifacts.sources.s3_requests import S3Target
from worldtree.artifacts.sources.source_kind import SourceContext, SourceError
from worldtree.core.errors import WorldTreeError
from worldtree.plan.artifact import ArtifactSource

BODY = bytes(range(256)) * 8000
SECRETS = Secrets(**{"${env:A}": ACCESS_KEY, "${env:S}": SECRET_KEY, "${env:BAD}": "other"})
KEYS = {"access_key": "${env:A}", "secret_key": "${env:S}"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A server with one object."""
    with s3_server(tmp_path_factory.mktemp("buckets")) as server:
        server.put("shop", "a/shop.tar.gz", BODY)
        yield server


@pytest.fixture
def relay(store: S3Server) -> Iterator[Relay]:
    """A network to the server."""
    port = urlsplit(store.url).port
    assert port is not None
    with fault_relay(port) as relay:
        yield relay


@pytest.fixture
def fetching(tmp_path: Path) -> Fetching:
    """A fetcher that knows the keys."""
    return Fetching(tmp_path / "cache", secret=SECRETS, stall_seconds=20.0)


def source(endpoint: str, location: str = "s3://shop/a/shop.tar.gz", **more: Any) -> dict[str, Any]:
    """Return a source with keys."""
    return {"location": location, "endpoint": endpoint, **KEYS, **more}


def through(relay: Relay) -> dict[str, Any]:
    """Return a source at the other end of the network."""
    return source(f"http://127.0.0.1:{relay.port}")


def test_an_object_is_downloaded(store: S3Server, fetching: Fetching) -> None:
    """Requests are signed; events have neither key nor signature."""
    assert fetching.fetch(artifact(source(store.url), sha256=sha256(BODY))) == BODY
    assert fetching.fetch(artifact(source(store.url))) == BODY
    told = repr(fetching.told)
    assert "s3://shop/a/shop.tar.gz" in told
    assert ACCESS_KEY not in told
    assert SECRET_KEY not in told


def test_strange_keys_are_signed(store: S3Server, fetching: Fetching) -> None:
    """Characters that URLs and signatures encode differently."""
    store.put("shop", "a b/ö+~(1)=&,;:@'!*$[x]?#%.bin", b"strange")
    location = "s3://shop/a%20b/ö+~(1)=&,;:@'!*$[x]%3F%23%25.bin"
    assert fetching.fetch(artifact(source(store.url, location))) == b"strange"


def test_a_cut_download_goes_on_where_it_ended(
    relay: Relay, fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is asked for as a range of the same version."""
    asked: list[dict[str, str]] = []
    ask = S3Target.ask

    def recorded(self: S3Target, client: Any, method: str, headers: Any = None, **more: Any) -> Any:
        asked.append(dict(headers or {}))
        return ask(self, client, method, headers, **more)

    monkeypatch.setattr(S3Target, "ask", recorded)
    relay.cuts = [700_000, 600_000]
    assert fetching.fetch(artifact(through(relay), sha256=sha256(BODY))) == BODY
    first, second, third = asked
    assert first == {}
    starts = [int(one["Range"].removeprefix("bytes=").removesuffix("-")) for one in (second, third)]
    assert 600_000 < starts[0] < 700_000 < starts[1]
    assert second["If-Match"] == third["If-Match"] != ""


def test_an_object_that_changed_meanwhile_is_not_continued(
    store: S3Server, relay: Relay, fetching: Fetching
) -> None:
    """The server refuses the range of another version, and it is downloaded from its beginning."""
    old, new = b"old" * 500_000, b"new" * 400_000
    location = store.put("shop", "changes", old)
    relay.cuts = [1_000_000]

    def change(said: FetchProgress) -> None:
        if said.state is FetchState.RETRYING:
            store.put("shop", "changes", new)

    wanted = artifact({**through(relay), "location": location}, sha256=sha256(new))
    assert fetching.fetcher.fetch(wanted, change).digest == sha256(new)


def test_a_server_that_refuses_another_version_is_asked_from_the_beginning(
    server: FileServer, fetching: Fetching
) -> None:
    """It says 412, as S3 does."""
    server.add("/shop/one", BODY, cuts=[90_000], statuses=[200, 412])
    wanted = artifact(source(server.url, "s3://shop/one"), sha256=sha256(BODY))
    assert fetching.fetch(wanted) == BODY
    assert ["Range" in headers for headers in server.requests_of("/shop/one")] == [
        False,
        True,
        False,
    ]


def test_wrong_bytes_and_stalls_are_never_used(
    relay: Relay, fetching: Fetching, tmp_path: Path
) -> None:
    """The next source is asked."""
    (tmp_path / "right").write_bytes(BODY)
    relay.garbled = [500_000]
    wanted = artifact(through(relay), str(tmp_path / "right"), sha256=sha256(BODY))
    assert fetching.fetch(wanted) == BODY
    assert any("has the sha256" in one.reason for one in fetching.told)
    relay.stalls = [500_000] * 9
    hasty = Fetching(tmp_path / "other", secret=SECRETS, stall_seconds=0.3)
    assert hasty.fetch(wanted) == BODY
    assert "the server sends nothing any more" in {one.reason for one in hasty.told}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"secret_key": "${env:BAD}"}, r"403 \(Forbidden\): SignatureDoesNotMatch"),
        ({"access_key": "${env:BAD}"}, r"403 \(Forbidden\): InvalidAccessKeyId, .*`accessKey`"),
        ({"location": "s3://shop/none"}, r"404 \(Not Found\): NoSuchKey, the bucket has no such"),
        ({"location": "s3://none/shop"}, r"404 \(Not Found\): NoSuchBucket"),
        ({"access_key": None, "secret_key": None}, r"the server answers 400"),
    ],
)
def test_a_refused_request_says_why(
    store: S3Server, fetching: Fetching, change: dict[str, Any], reason: str
) -> None:
    """In the words of the server, with what to do; it is not tried again."""
    with pytest.raises(WorldTreeError, match=reason):
        fetching.fetch(artifact({**source(store.url), **change}))
    assert [one.state.value for one in fetching.told] == ["source-failed"]


def test_tls_is_verified(fetching: Fetching, tmp_path: Path) -> None:
    """With the authorities of the document."""
    certificate, key = make_certificate(datetime.now(UTC) + timedelta(days=5))
    (tmp_path / "ca.pem").write_bytes(certificate)
    (tmp_path / "server.pem").write_bytes(certificate + key)
    with s3_server(tmp_path / "buckets", tmp_path / "server.pem") as secure:
        location = secure.put("shop", "one", BODY)
        with pytest.raises(WorldTreeError, match="certificate of the server is not trusted"):
            fetching.fetch(artifact(source(secure.url, location)))
        trusted = source(secure.url, location, ca_file=str(tmp_path / "ca.pem"))
        assert fetching.fetch(artifact(trusted)) == BODY


def test_a_bucket_elsewhere_is_not_followed(server: FileServer, fetching: Fetching) -> None:
    """A signature is one for the host; credentials are not sent to another one."""
    server.redirects["/shop/one"] = "http://127.0.0.1:1/shop/one"
    with pytest.raises(WorldTreeError, match="in another region"):
        fetching.fetch(artifact(source(server.url, "s3://shop/one")))


def test_buckets_without_keys_are_read_without_signatures(
    server: FileServer, fetching: Fetching
) -> None:
    """As everyone may."""
    server.add("/shop/one", BODY)
    assert fetching.fetch(artifact({"location": "s3://shop/one", "endpoint": server.url})) == BODY
    assert "Authorization" not in server.requests[0][1]


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"location": "s3://shop/a"}, "https://shop.s3.us-east-1.amazonaws.com/a"),
        ({"location": "s3://a.b/a", "region": "eu-1"}, "https://s3.eu-1.amazonaws.com/a.b/a"),
        ({"location": "s3://shop/a", "endpoint": "https://x:9000/"}, "https://x:9000/shop/a"),
        (
            {"location": "s3://shop/a?versionId=1", "endpoint": "https://x", "path_style": False},
            "https://shop.x/a?versionId=1",
        ),
    ],
)
def test_urls_are_those_of_the_server(fields: dict[str, Any], url: str) -> None:
    """The bucket is in the name of the host, or in the path."""
    assert S3Target(ArtifactSource(**fields), SourceContext(SECRETS)).url() == url


def test_without_botocore_it_is_said(
    store: S3Server, fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named that has it."""
    s3_requests._signer.cache_clear()
    monkeypatch.setitem(sys.modules, "worldtree.artifacts.sources.s3_signer", None)
    monkeypatch.delattr("worldtree.artifacts.sources.s3_signer", raising=False)
    with pytest.raises(WorldTreeError, match=r"install `worldtree\[s3\]`"):
        fetching.fetch(artifact(source(store.url)))


def test_a_session_token_is_not_sent_in_clear() -> None:
    """Sources of components are not checked before."""
    fields = {
        "location": "s3://shop/a",
        "endpoint": "http://192.0.2.1",
        **KEYS,
        "token": "${env:A}",
    }
    target = S3Target(ArtifactSource(**fields), SourceContext(SECRETS))
    with pytest.raises(SourceError, match="not sent by http"):
        target._signed("GET", target.url(), {}, b"")
