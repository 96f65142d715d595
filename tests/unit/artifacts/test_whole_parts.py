"""Parts of files of which no rest can be asked for: whole, longer, or of other bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oci_registry import Registry, oci_registry
from s3_server import ACCESS_KEY, SECRET_KEY, s3_server
from unit.artifacts.artifacts_of_tests import Fetching, Secrets, artifact, sha256
from unit.artifacts.fault_server import FileServer
from worldtree.artifacts.partial_file import PartialFile, ResumePoint
from worldtree.artifacts.progress import FetchState
from worldtree.plan.artifact import Artifact

BODY = bytes(range(256)) * 2000
SECRETS = Secrets(**{"${env:A}": ACCESS_KEY, "${env:S}": SECRET_KEY})


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry with an artifact of one file."""
    with oci_registry(tmp_path_factory.mktemp("registry")) as made:
        made.push("file:1.2", [BODY], config_type="application/vnd.example", layer_type="x/y")
        yield made


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A source of an object store."""
    keys = {"access_key": "${env:A}", "secret_key": "${env:S}"}
    with s3_server(tmp_path_factory.mktemp("buckets")) as server:
        location = server.put("shop", "shop.tar.gz", BODY)
        yield {"location": location, "endpoint": server.url, **keys}


@pytest.fixture(params=["http", "local", "oci", "s3"])
def source(
    request: pytest.FixtureRequest, server: FileServer, tmp_path: Path
) -> str | dict[str, Any]:
    """Sources of each kind of the same file."""
    if request.param == "http":
        server.add("/shop", BODY)
        return f"{server.url}/shop"
    if request.param == "local":
        (tmp_path / "shop").write_bytes(BODY)
        return str(tmp_path / "shop")
    if request.param == "s3":
        return dict(request.getfixturevalue("bucket"))
    location = request.getfixturevalue("registry").location("file:1.2")
    return {"location": location, "plain_http": True}


def wanted_of(source: str | dict[str, Any], **more: Any) -> Artifact:
    return artifact(source, kind="binary", sha256=sha256(BODY), **more)


@pytest.fixture
def leave(
    tmp_path: Path, source: str | dict[str, Any]
) -> Callable[[bytes], tuple[Fetching, PartialFile]]:
    """Return a function that makes a cache in which a download has left these bytes."""

    def left(content: bytes) -> tuple[Fetching, PartialFile]:
        fetching = Fetching(tmp_path / "cache", secret=SECRETS)
        part = fetching.cache.partial(sha256(BODY))
        seen: list[ResumePoint] = []
        writing = PartialFile.writing

        def noted(self: PartialFile, point: ResumePoint) -> Any:
            seen.append(point)
            return writing(self, point)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PartialFile, "writing", noted)
            fetching.fetch(wanted_of(source))
        fetching.cache.path(sha256(BODY)).unlink()
        record = {"location": seen[0].location, "validator": seen[0].validator}
        part.path.write_bytes(content)
        part.path.with_name(part.path.name + ".json").write_text(json.dumps(record))
        fetching.told.clear()
        return fetching, part

    return left


def test_a_whole_part_is_used_without_asking_anybody(
    source: str | dict[str, Any], leave: Callable[[bytes], tuple[Fetching, PartialFile]]
) -> None:
    """A process that ended just before the rename leaves all bytes, of which no range is left."""
    fetching, _ = leave(BODY)
    assert fetching.fetch(wanted_of(source)) == BODY
    assert [one.state for one in fetching.told] == [FetchState.CACHED]
    assert fetching.leftovers() == []


@pytest.mark.parametrize("has_size", [True, False])
@pytest.mark.parametrize("left", [b"x" * len(BODY), BODY + b"more"], ids=["wrong", "longer"])
def test_a_part_of_other_bytes_begins_anew(
    source: str | dict[str, Any],
    leave: Callable[[bytes], tuple[Fetching, PartialFile]],
    left: bytes,
    has_size: bool,
) -> None:
    """It costs a download, and is no dead end."""
    fetching, _ = leave(left)
    more = {"size": len(BODY)} if has_size else {}
    assert fetching.fetch(wanted_of(source, **more)) == BODY
    assert FetchState.SOURCE_FAILED not in {one.state for one in fetching.told}
    assert fetching.leftovers() == []


def test_a_shorter_part_is_continued(
    source: str | dict[str, Any], leave: Callable[[bytes], tuple[Fetching, PartialFile]]
) -> None:
    """What has arrived is not downloaded again."""
    fetching, _ = leave(BODY[:1000])
    assert fetching.fetch(wanted_of(source)) == BODY
    assert fetching.told[0].received == 1000
