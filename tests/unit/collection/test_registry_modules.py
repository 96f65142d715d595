"""The modules `registry_image`, `registry_probe` and `htpasswd`."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import Run
from unit.collection.small_registry import SmallRegistry, small_registry

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
NAME = "org.opencontainers.image.ref.name"
LAYER = b"the same layer of every image"


def described(data: bytes, media_type: str = MANIFEST, **more: Any) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return {"mediaType": media_type, "digest": digest, "size": len(data), **more}


def as_json(data: object) -> bytes:
    return json.dumps(data).encode()


class Images:
    """A layout that is written image by image."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def add(self, data: bytes, media_type: str = MANIFEST, **more: Any) -> dict[str, Any]:
        found = described(data, media_type, **more)
        self.blobs[f"blobs/sha256/{found['digest'][7:]}"] = data
        return found

    def image(self, architecture: str = "amd64", **more: Any) -> dict[str, Any]:
        config = self.add(as_json({"architecture": architecture, "os": "linux"}), "config")
        foreign = {**described(b"x", "foreign"), "urls": ["https://example.com/x"]}
        layers = [self.add(LAYER, "layer"), foreign]
        return self.add(as_json({"schemaVersion": 2, "config": config, "layers": layers}), **more)

    def files(self, *listed: dict[str, Any]) -> dict[str, bytes]:
        return {"index.json": as_json({"schemaVersion": 2, "manifests": listed}), **self.blobs}

    def tar(self, path: Path, *listed: dict[str, Any], mode: Any = "w") -> Path:
        with tarfile.open(path, mode) as made:
            for name, data in self.files(*listed).items():
                entry = tarfile.TarInfo(f"./{name}")
                entry.size = len(data)
                made.addfile(entry, io.BytesIO(data))
        return path


@pytest.fixture
def registry() -> Iterator[SmallRegistry]:
    with small_registry("pusher:p w") as server:
        yield server


@pytest.fixture
def images() -> Images:
    return Images()


def push(run: Run, registry: SmallRegistry, path: Path, **more: Any) -> dict[str, Any]:
    given = {"repository": "docker.io/shop/web", "tag": "1.2", "url": registry.url}
    given |= {"username": "pusher", "password": "p w", "path": str(path)}
    return run("registry_image", **{**given, **more})


def pushed(registry: SmallRegistry, tag: str = "1.2") -> tuple[str, dict[str, Any]]:
    media_type, data = registry.manifests["docker.io/shop/web", tag]
    return media_type, json.loads(data)


def test_an_image_is_pushed_once(
    run: Run, registry: SmallRegistry, images: Images, tmp_path: Path
) -> None:
    """The second time only its digest is asked for; foreign layers are never sent."""
    image = images.image()
    path = images.tar(tmp_path / "a.tar", image)
    first = push(run, registry, path)
    assert (first["changed"], first["digest"]) == (True, image["digest"])
    assert first["sent"] == sum(map(len, registry.blobs.values()))
    assert sorted(registry.blobs.values()) == sorted(
        data for data in images.blobs.values() if b"schemaVersion" not in data
    )
    assert pushed(registry)[0] == MANIFEST
    registry.requests.clear()
    second = push(run, registry, path)
    assert (second["changed"], second["sent"]) == (False, 0)
    assert registry.requests == ["HEAD /v2/docker.io/shop/web/manifests/1.2"]


def test_what_the_registry_has_is_not_sent_again(
    run: Run, registry: SmallRegistry, images: Images, tmp_path: Path
) -> None:
    push(run, registry, images.tar(tmp_path / "a.tar", images.image()))
    other = Images()
    sent = push(run, registry, other.tar(tmp_path / "b.tar", other.image("arm64")), tag="2")["sent"]
    assert sent == len(as_json({"architecture": "arm64", "os": "linux"}))


def test_check_mode_says_it_and_sends_nothing(
    run: Run, registry: SmallRegistry, images: Images, tmp_path: Path
) -> None:
    path = images.tar(tmp_path / "a.tar", images.image())
    assert push(run, registry, path, _ansible_check_mode=True)["changed"]
    assert (registry.blobs, registry.manifests) == ({}, {})


@pytest.mark.parametrize("form", ["directory", "gzip"])
def test_other_forms_of_a_layout(
    form: str, run: Run, registry: SmallRegistry, images: Images, tmp_path: Path
) -> None:
    image = images.image()
    path = tmp_path / "layout"
    if form == "gzip":
        images.tar(path, image, mode="w:gz")
    else:
        for name, data in images.files(image).items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    assert push(run, registry, path)["digest"] == image["digest"]


def test_an_image_for_several_platforms_is_a_list(
    run: Run, registry: SmallRegistry, images: Images, tmp_path: Path
) -> None:
    """Of the platforms of an index those are pushed that are there."""
    here = [images.image(one, platform={"architecture": one}) for one in ("amd64", "arm64")]
    missing = described(b"of s390x", platform={"architecture": "s390x"})
    index = images.add(as_json({"schemaVersion": 2, "manifests": [*here, missing]}), INDEX)
    result = push(run, registry, images.tar(tmp_path / "a.tar", index))
    media_type, found = pushed(registry)
    assert (media_type, found["manifests"]) == (INDEX, here)
    assert (
        result["digest"] == described(registry.manifests["docker.io/shop/web", "1.2"][1])["digest"]
    )
    assert not push(run, registry, tmp_path / "a.tar")["changed"]


def test_a_whole_index_keeps_its_digest(
    run: Run, registry: SmallRegistry, images: Images, tmp_path: Path
) -> None:
    index = images.add(as_json({"schemaVersion": 2, "manifests": [images.image()]}), INDEX)
    assert push(run, registry, images.tar(tmp_path / "a", index))["digest"] == index["digest"]


def test_several_images_need_a_name(
    run: Run, registry: SmallRegistry, images: Images, tmp_path: Path
) -> None:
    listed = [images.image(one, annotations={NAME: f"v-{one}"}) for one in ("amd64", "arm64")]
    path = images.tar(tmp_path / "a.tar", *listed)
    assert "several images (v-amd64, v-arm64)" in push(run, registry, path)["msg"]
    assert "has no image v3" in push(run, registry, path, image="v3")["msg"]
    assert push(run, registry, path, image="v-arm64")["digest"] == listed[1]["digest"]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("no tar", "cannot be read as a tar file"),
        ("cut", "damaged|there is no|cannot be read"),
        ("no index", "there is no index.json"),
        ("empty index", "lists no image"),
        ("no layer", "there is no blobs/sha256/"),
        ("wrong manifest", "is damaged"),
        ("wrong layer", "DIGEST_INVALID"),
        ("path as digest", "is no sha256"),
    ],
)
def test_a_layout_that_is_none(
    damage: str,
    problem: str,
    run: Run,
    registry: SmallRegistry,
    images: Images,
    tmp_path: Path,
) -> None:
    """Nothing wrong gets a tag."""
    image = images.image()
    path = tmp_path / "a.tar"
    layer = f"blobs/sha256/{hashlib.sha256(LAYER).hexdigest()}"
    if damage == "no layer":
        del images.blobs[layer]
    if damage == "wrong layer":
        images.blobs[layer] = b"y" * len(LAYER)
    if damage == "wrong manifest":
        images.blobs[f"blobs/sha256/{image['digest'][7:]}"] += b" "
    if damage == "path as digest":
        image["digest"] = "sha256:../../../etc/passwd"
    images.tar(path, *([] if damage == "empty index" else [image]))
    if damage == "no tar":
        path.write_bytes(b"no tar at all")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:700])
    if damage == "no index":
        with tarfile.open(path, "w"):
            pass
    result = push(run, registry, path)
    assert result["failed"]
    assert any(word in result["msg"] for word in problem.split("|")), result["msg"]
    assert registry.manifests == {}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"password": "other"}, "refuses user or password"),
        ({"url": "http://127.0.0.1:1"}, "Connection refused"),
        ({"url": "https://127.0.0.1:1", "ca_path": "/nowhere/ca.crt"}, "/nowhere/ca.crt"),
    ],
)
def test_a_registry_that_is_none(
    given: dict[str, str],
    problem: str,
    run: Run,
    registry: SmallRegistry,
    images: Images,
    tmp_path: Path,
) -> None:
    result = push(run, registry, images.tar(tmp_path / "a.tar", images.image()), **given)
    assert problem in result["msg"]
    assert "p w" not in result["msg"]


def test_a_probe_leaves_no_image(run: Run, registry: SmallRegistry) -> None:
    result = run("registry_probe", url=registry.url, username="pusher", password="p w")
    assert (result["changed"], result["digest"][:7]) == (False, "sha256:")
    assert registry.manifests == {}
    assert "PUT /v2/worldtree/probe/manifests/probe" in registry.requests


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"wrong": b"other"}, "comes back with other bytes"),
        ({"user": ""}, "answers without a user"),
        ({"user": "pusher:new"}, "refuses user or password"),
    ],
)
def test_a_probe_finds_what_does_not_work(
    fault: dict[str, Any], problem: str, run: Run, registry: SmallRegistry
) -> None:
    for name, value in fault.items():
        setattr(registry, name, value)
    result = run("registry_probe", url=registry.url, username="pusher", password="p w")
    assert problem in result["msg"]


def test_users_are_written_once(run: Run, tmp_path: Path) -> None:
    """A hash stays while its password does; users that are not listed go."""
    path = tmp_path / "htpasswd"
    given = {"path": str(path), "cost": 4, "mode": "0640"}
    first = run("htpasswd", users={"anna": "one", "bert": "two"}, **given)
    assert (first["changed"], first["written"]) == (True, ["anna", "bert"])
    assert path.stat().st_mode & 0o777 == 0o640
    before = dict(line.split(":", 1) for line in path.read_text().splitlines())
    assert all(known.startswith("$2b$04$") and len(known) == 60 for known in before.values())
    assert not run("htpasswd", users={"anna": "one", "bert": "two"}, **given)["changed"]
    changed = run("htpasswd", users={"anna": "new", "bert": "two", "carl": "3"}, **given)
    assert changed["written"] == ["anna", "carl"]
    after = dict(line.split(":", 1) for line in path.read_text().splitlines())
    assert (after["anna"] != before["anna"], after["bert"]) == (True, before["bert"])
    assert run("htpasswd", users={"carl": "3"}, **given)["changed"]
    assert [line.split(":")[0] for line in path.read_text().splitlines()] == ["carl"]


def test_hashes_of_apache_are_known(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "htpasswd"
    run("htpasswd", path=str(path), users={"a": "one"}, cost=4)
    path.write_text(path.read_text().replace("$2b$", "$2y$"))
    assert not run("htpasswd", path=str(path), users={"a": "one"}, cost=4)["changed"]


def test_check_mode_writes_no_user(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "htpasswd"
    given = {"path": str(path), "users": {"a": "one"}, "mode": "0640"}
    assert run("htpasswd", _ansible_check_mode=True, **given)["changed"]
    assert not path.exists()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"users": {"a:b": "x"}}, "no name of a user"),
        ({"users": {"": "x"}}, "no name of a user"),
        ({"users": {"a": ""}}, "is empty"),
        ({"users": {"a": "x" * 73}}, "more than 72 bytes"),
        ({"users": {"a": "x"}, "cost": 3}, "from 4 to 17"),
    ],
)
def test_users_that_are_none(given: dict[str, Any], problem: str, run: Run, tmp_path: Path) -> None:
    result = run("htpasswd", path=str(tmp_path / "htpasswd"), **given)
    assert problem in result["msg"]
    assert "x" * 73 not in result["msg"]
