"""Images, charts and files of a real registry, also over a network with faults."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certificates import make_certificate
from oci_registry import (
    HELM_CHART,
    HELM_CONFIG,
    PASSWORD,
    USER,
    Registry,
    oci_registry,
)
from unit.artifacts.artifacts_of_tests import Fetching, Secrets, artifact, sha256
from unit.artifacts.fault_relay import Relay, fault_relay
from unit.artifacts.token_server import token_server
from worldtree.artifacts.progress import FetchState
from worldtree.artifacts.sources.oci_layout import image_name
from worldtree.core.errors import WorldTreeError
from worldtree.plan.artifact import Artifact

BASE = b"base" * 200_000
TOP = bytes(range(256)) * 4000
PLAIN = {"plain_http": True}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry of this machine, without TLS and users."""
    with oci_registry(tmp_path_factory.mktemp("registry")) as made:
        made.push_index("shop:1.2", {"linux/amd64": [BASE, TOP], "linux/arm64": [BASE, b"arm"]})
        made.push("other:1", [BASE, b"other"])
        made.push("chart:1.2", [b"a chart"], config_type=HELM_CONFIG, layer_type=HELM_CHART)
        made.push("file:1.2", [TOP], config_type="application/vnd.example", layer_type="x/y")
        yield made


@pytest.fixture
def relay(registry: Registry) -> Iterator[Relay]:
    """A network to the registry."""
    with fault_relay(int(registry.host.rpartition(":")[2])) as relay:
        yield relay


def image(location: str, **more: Any) -> Artifact:
    """Return an image of a registry without TLS, for amd64."""
    fields = {"kind": "image", "name": "registry.example.com/shop", "architecture": "amd64"}
    return artifact({"location": location, **PLAIN}, **{**fields, **more})


def members(content: bytes) -> dict[str, bytes]:
    """Return the files of a tar."""
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        found = {one.name: tar.extractfile(one) for one in tar}
        return {name: stream.read() for name, stream in found.items() if stream is not None}


def test_an_image_becomes_one_tar(registry: Registry, fetching: Fetching) -> None:
    """In the OCI layout, of the platform of the host, with the name that runtimes know it by."""
    files = members(fetching.fetch(image(registry.location("shop:1.2"))))
    (entry,) = json.loads(files["index.json"])["manifests"]
    assert entry["digest"] == f"sha256:{registry.manifests['shop:linux-amd64']}"
    assert entry["platform"] == {"os": "linux", "architecture": "amd64"}
    assert entry["annotations"] == {
        "io.containerd.image.name": "registry.example.com/shop:1.2",
        "org.opencontainers.image.ref.name": "1.2",
    }
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    manifest = json.loads(files["blobs/sha256/" + entry["digest"][7:]])
    for blob in (manifest["config"], *manifest["layers"]):
        assert sha256(files["blobs/sha256/" + blob["digest"][7:]]) == blob["digest"][7:]
    assert len(files) == 2 + 1 + 3


def test_a_tar_is_reproducible(
    registry: Registry, fetching: Fetching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By tag or digest, at another time, by another user, from another registry: the same bytes."""
    first = fetching.fetch(image(registry.location("shop:1.2")))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with oci_registry(tmp_path / "mirror") as mirror:
        mirror.push("mirrored/shop:x", [BASE, TOP], config={"os": "linux", "architecture": "amd64"})
        again = Fetching(tmp_path / "again")
        assert again.fetch(image(mirror.location("mirrored/shop:x"))) == first
    digest = registry.manifests["shop:linux-amd64"]
    last = Fetching(tmp_path / "last")
    assert last.fetch(image(registry.location(f"shop@sha256:{digest}"))) == first
    assert sha256(first) == "801f2c244aaadd52f973d21ca38ff748c0501373cde421f9cc1d7186319a40c6"


def test_blobs_are_downloaded_once(registry: Registry, relay: Relay, tmp_path: Path) -> None:
    """Images share them in the cache."""
    fetching = Fetching(tmp_path / "cache")
    place = f"oci://127.0.0.1:{relay.port}"
    fetching.fetch(image(f"{place}/shop:1.2"))
    before = relay.connections
    registry.blob_file(sha256(BASE)).rename(tmp_path / "base")
    try:
        fetching.fetch(image(f"{place}/other:1", name="other"))
        with pytest.raises(WorldTreeError, match=f"its part sha256:{sha256(BASE)}: .* 404"):
            Fetching(tmp_path / "empty").fetch(image(f"{place}/other:1"))
    finally:
        (tmp_path / "base").rename(registry.blob_file(sha256(BASE)))
    assert relay.connections > before


def test_the_locked_manifest_counts_more_than_the_tag(
    registry: Registry, fetching: Fetching
) -> None:
    """A tag that leads elsewhere meanwhile changes nothing."""
    registry.push("moved:1", [b"old"])
    wanted = image(registry.location("moved:1"))
    found = fetching.fetcher.fetch(wanted, fetching.told.append)
    assert found.manifest == registry.manifests["moved:1"]
    registry.push("moved:1", [b"new"])
    locked = wanted.model_copy(update={"sha256": found.digest, "manifest": found.manifest})
    fetching.cache.path(found.digest).unlink()
    assert fetching.fetcher.fetch(locked, fetching.told.append).digest == found.digest
    fetching.cache.path(found.digest).unlink()
    with pytest.raises(WorldTreeError, match="has the sha256"):
        fetching.fetch(locked.model_copy(update={"manifest": None}))


@pytest.mark.parametrize(("name", "body"), [("chart:1.2", b"a chart"), ("file:1.2", TOP)])
def test_a_chart_or_a_file_is_its_layer(
    registry: Registry, relay: Relay, fetching: Fetching, name: str, body: bytes
) -> None:
    """It has the sha256 of the file, and is continued."""
    kind = "chart" if name.startswith("chart") else "binary"
    found = fetching.fetch(image(registry.location(name), kind=kind, architecture="any"))
    assert found == body
    fetching.cache.path(sha256(body)).unlink()
    relay.cuts = [600_000, 500_000]
    wanted = image(f"oci://127.0.0.1:{relay.port}/{name}", kind=kind, sha256=sha256(body))
    assert fetching.fetch(wanted.model_copy(update={"architecture": "any"})) == body


def test_a_cut_or_garbled_blob_is_never_used(relay: Relay, tmp_path: Path) -> None:
    """It is continued where it ended, or downloaded again."""
    relay.cuts = [400_000, 700_000]
    place = f"oci://127.0.0.1:{relay.port}/shop:1.2"
    fetching = Fetching(tmp_path / "cut")
    whole = fetching.fetch(image(place))
    assert FetchState.FETCHED in {one.state for one in fetching.told}
    relay.garbled = [400_000] * 9
    other = Fetching(tmp_path / "garbled")
    with pytest.raises(WorldTreeError, match=r"its part sha256:.* has the sha256"):
        other.fetch(image(place))
    relay.garbled.clear()
    assert other.fetch(image(place)) == whole


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("shop:9", {}, r"404 \(Not Found\): MANIFEST_UNKNOWN, the repository has no such tag"),
        ("none:1", {}, r"404 \(Not Found\): (NAME|MANIFEST)_UNKNOWN"),
        (
            "shop:1.2",
            {"architecture": "s390x"},
            "for linux/amd64, linux/arm64, not for linux/s390x",
        ),
        ("shop:1.2", {"architecture": "any"}, "name the `architectures`"),
        ("other:1", {"architecture": "arm64"}, "one for amd64, not for arm64"),
        ("chart:1.2", {}, "it is not a container image"),
        ("shop:1.2", {"kind": "chart"}, "it is not a Helm chart"),
        ("other:1", {"kind": "archive"}, "write `kind: image`"),
        ("shop:1.2@sha256:" + "0" * 64, {}, "MANIFEST_UNKNOWN"),
    ],
)
def test_what_is_not_meant_is_refused(
    registry: Registry, fetching: Fetching, name: str, fields: dict[str, Any], reason: str
) -> None:
    """With the reason, and what exists."""
    with pytest.raises(WorldTreeError, match=reason):
        fetching.fetch(image(registry.location(name), **fields))
    assert FetchState.RETRYING not in {one.state for one in fetching.told}


def test_a_variant_of_arm_is_chosen(registry: Registry, fetching: Fetching) -> None:
    """The newest that 32-bit hosts run; one that is asked for by nothing is not guessed."""
    layers = {"linux/arm/v6": [b"6"], "linux/arm/v7": [b"7"], "linux/amd64/v3": [b"3"]}
    registry.push_index("variants:1", layers)
    wanted = image(registry.location("variants:1"), architecture="arm")
    assert b"7" in members(fetching.fetch(wanted)).values()
    with pytest.raises(WorldTreeError, match=r"amd64/v3, .*, not for linux/amd64"):
        fetching.fetch(wanted.model_copy(update={"architecture": "amd64"}))


def test_users_and_tls(tmp_path: Path) -> None:
    """Basic authentication, only over a connection that is trusted."""
    certificate, key = make_certificate(datetime.now(UTC) + timedelta(days=5))
    ca, both = tmp_path / "ca.pem", tmp_path / "both.pem"
    ca.write_bytes(certificate)
    both.write_bytes(certificate + key)
    secrets = Secrets(**{"${env:P}": PASSWORD, "${env:BAD}": "hunter2"})
    fetching = Fetching(tmp_path / "cache", secret=secrets)
    with oci_registry(tmp_path / "registry", certificate=both, has_users=True) as registry:
        registry.push("shop:1", [TOP])
        login = {"username": USER, "password": "${env:P}"}
        place = {"location": registry.location("shop:1"), "ca_file": str(ca)}

        def fetch(source: dict[str, Any]) -> bytes:
            wanted = {"kind": "image", "architecture": "amd64"}
            return fetching.fetch(artifact(source, **wanted))

        with pytest.raises(WorldTreeError, match="certificate of the server is not trusted"):
            fetch({**place, **login, "ca_file": None})
        with pytest.raises(WorldTreeError, match="asks for `username` and `password`"):
            fetch(place)
        with pytest.raises(WorldTreeError, match="refuses the credentials"):
            fetch({**place, **login, "password": "${env:BAD}"})
        assert TOP in members(fetch({**place, **login})).values()
    assert "hunter2" not in repr(fetching.told)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_token_server_is_asked(tmp_path: Path, is_known: bool) -> None:
    """The registry names it, and it gets the user and the password."""
    secrets = Secrets(**{"${env:P}": PASSWORD if is_known else "hunter2"})
    fetching = Fetching(tmp_path / "cache", secret=secrets)
    with token_server(tmp_path, "shop") as tokens:
        admin = {"Authorization": f"Bearer {tokens.token('pull,push')}"}
        settings = tokens.settings
        with oci_registry(tmp_path / "data", token_auth=settings, headers=admin) as registry:
            registry.push("shop:1", [TOP, BASE])
            source = {"location": registry.location("shop:1"), **PLAIN}
            wanted = {"kind": "image", "architecture": "amd64"}
            login = {"username": USER, "password": "${env:P}"}
            if not is_known:
                with pytest.raises(WorldTreeError, match="refuses the user or the password"):
                    fetching.fetch(artifact({**source, **login}, **wanted))
                with pytest.raises(WorldTreeError, match="asks for `username`"):
                    fetching.fetch(artifact(source, **wanted))
                return
            assert TOP in members(fetching.fetch(artifact({**source, **login}, **wanted))).values()
            # One token is enough for the manifest and all blobs.
            assert tokens.asked == ["repository:shop:pull"]
            # One that was given by others is sent as it is.
            secrets.values["${env:T}"] = tokens.token("pull")
            given = artifact({**source, "token": "${env:T}"}, **wanted)
            other = Fetching(tmp_path / "other", secret=secrets)
            assert TOP in members(other.fetch(given)).values()


def test_http_is_for_this_machine_only(fetching: Fetching) -> None:
    """Sources of components are not checked before."""
    with pytest.raises(WorldTreeError, match="registries on this machine only"):
        fetching.fetch(image("oci://192.0.2.1/shop:1"))


@pytest.mark.parametrize(
    ("name", "version", "full"),
    [
        ("pause", "3.10", "docker.io/library/pause:3.10"),
        ("calico/node", "v3.31", "docker.io/calico/node:v3.31"),
        ("registry.k8s.io/pause", "3.10", "registry.k8s.io/pause:3.10"),
        ("localhost/x", "1.2+build~1", "localhost/x:1.2_build_1"),
    ],
)
def test_images_have_the_names_of_runtimes(name: str, version: str, full: str) -> None:
    """A name without a registry is one of Docker Hub; tags have no `+`."""
    assert image_name(name, version) == full
