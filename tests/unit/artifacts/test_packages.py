"""Packages of a real, signed repository that a server has: resolved, fetched, and refused."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apt_repository import SUITE, AptRepository, SigningKey
from unit.artifacts.artifacts_of_tests import Fetching
from unit.artifacts.fault_server import FileServer
from worldtree.artifacts.fetcher import FetchedArtifact
from worldtree.core.errors import InputError, WorldTreeError
from worldtree.plan.artifact import Artifact
from worldtree.plan.packages import LockedPackage


@pytest.fixture(scope="module")
def keys() -> Iterator[tuple[SigningKey, SigningKey]]:
    """The key of the repository, and that of somebody else."""
    with tempfile.TemporaryDirectory(prefix="wt-keys-") as place:
        made = (SigningKey(Path(place) / "own"), SigningKey(Path(place) / "other"))
        yield made
        for one in made:
            one.end()


class Served:
    """A repository behind a server, and a fetcher of its packages."""

    def __init__(self, place: Path, key: SigningKey, server: FileServer) -> None:
        self.repository = AptRepository(place / "repository", key, ("amd64", "arm64"))
        self.key = key.export(place / "key.gpg")
        self._server = server
        self.fetching = Fetching(place / "cache")
        add = self.repository.add
        add("shop", "1:1.0-1", "amd64", Depends="shop-lib (>= 2), shop-data | shop-none")
        add("shop", "1:1.1-1", "amd64", Depends="shop-lib (>= 2), shop-data | shop-none")
        add("shop", "1:1.0-1", "arm64", Depends="shop-lib (>= 2)")
        add("shop-lib", "2.0+b1", "amd64", Recommends="shop-docs")
        add("shop-lib", "2.0+b1", "arm64")
        add("shop-data", "7")
        add("shop-docs", "7")
        add("broken", "1", Depends="shop-lib (>= 3)")

    def publish(self, **how: Any) -> None:
        """Write the indexes, and serve every file."""
        self.repository.write(**how)
        directory = self.repository.directory
        self._server.files.clear()
        for file in directory.rglob("*"):
            if file.is_file() and "trees" not in file.parts:
                self._server.add(f"/{file.relative_to(directory)}", file.read_bytes())

    def artifact(self, *names: str, architecture: str = "amd64", **more: Any) -> Artifact:
        """Return the packages as an artifact."""
        own = {key: more.pop(key) for key in ("versions", "present") if key in more}
        key = more.pop("key", self.key)
        suites = more.pop("suites", [SUITE])
        return Artifact.model_validate(
            {
                "kind": "packages",
                "name": "os-packages",
                "version": "locked",
                "platform": "debian-12",
                "architecture": architecture,
                "sources": [{"location": self._server.url}],
                "packages": {
                    "names": sorted(names),
                    "repositories": [{"suites": suites, "keys": [str(key)]}],
                    **own,
                },
                **more,
            }
        )

    def lock(self, *names: str, **more: Any) -> FetchedArtifact:
        """Resolve packages, and bring them into the cache."""
        return self.fetching.fetcher.fetch(self.artifact(*names, **more), lambda _: None)

    def refused(self, *names: str, **more: Any) -> str:
        """Return why packages cannot be resolved."""
        with pytest.raises(WorldTreeError) as caught:
            self.lock(*names, **more)
        assert caught.value.code == "artifact-not-fetched"
        assert "spec.packages" in (caught.value.hint or "")
        return caught.value.message

    def members(self, found: FetchedArtifact) -> dict[str, bytes]:
        """Return the files in the tar of an artifact."""
        content = self.fetching.cache.path(found.digest).read_bytes()
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            read = {one.name: tar.extractfile(one) for one in tar}
            return {name: stream.read() for name, stream in read.items() if stream}


@pytest.fixture
def served(tmp_path: Path, keys: tuple[SigningKey, SigningKey], server: FileServer) -> Served:
    """A repository that is served."""
    made = Served(tmp_path, keys[0], server)
    made.publish()
    return made


def versions(packages: tuple[LockedPackage, ...]) -> dict[str, str]:
    return {one.name: one.version for one in packages}


def test_packages_come_with_what_they_depend_on_and_nothing_more(served: Served) -> None:
    """The newest versions, the first of alternatives, and nothing that is recommended."""
    found = served.lock("shop")
    assert versions(found.packages) == {"shop": "1:1.1-1", "shop-data": "7", "shop-lib": "2.0+b1"}
    members = served.members(found)
    assert list(members) == [
        "packages.json",
        "shop_1.1-1_amd64.deb",
        "shop-data_7_all.deb",
        "shop-lib_2.0+b1_amd64.deb",
    ]
    listed = json.loads(members["packages.json"])["packages"]
    assert [one["file"] for one in listed] == list(members)[1:]
    [shop] = [one for one in found.packages if one.name == "shop"]
    file = served.repository.directory / shop.path
    assert (shop.path, shop.size) == ("pool/shop/shop_1.1-1_amd64.deb", file.stat().st_size)
    assert members["shop_1.1-1_amd64.deb"] == file.read_bytes()


def test_another_architecture_is_resolved_by_its_own_index(served: Served) -> None:
    found = served.lock("shop", architecture="arm64")
    assert versions(found.packages) == {"shop": "1:1.0-1", "shop-lib": "2.0+b1"}
    assert {one.architecture for one in found.packages} == {"arm64"}


def test_a_version_that_is_asked_for_is_taken(served: Served) -> None:
    found = served.lock("shop", versions={"shop": "1:1.0-1"})
    assert versions(found.packages)["shop"] == "1:1.0-1"


def test_what_hosts_have_is_left_out_with_what_it_depends_on(served: Served) -> None:
    """What is asked for itself stays, also where it is said to be there."""
    found = served.lock("shop", present=["shop-lib", "shop"])
    assert versions(found.packages) == {"shop": "1:1.1-1"}


def test_versions_of_the_lock_file_stay_while_the_repository_has_them(served: Served) -> None:
    old = served.lock("shop", versions={"shop": "1:1.0-1"})
    kept = served.lock("shop", "shop-docs", locked_packages=old.packages)
    assert versions(kept.packages)["shop"] == "1:1.0-1"
    gone = [one.model_copy(update={"version": "1:0.9-1"}) for one in old.packages]
    new = served.lock("shop", locked_packages=tuple(gone))
    assert versions(new.packages)["shop"] == "1:1.1-1"


def test_the_tar_follows_from_the_lock_file_alone(
    served: Served, server: FileServer, tmp_path: Path
) -> None:
    """Another machine needs no index and no key, and gets the same bytes."""
    found = served.lock("shop")
    for path in [path for path in server.files if path.startswith("/dists")]:
        del server.files[path]
    other = Fetching(tmp_path / "other")
    served.key.unlink()
    locked = served.artifact("shop", sha256=found.digest, locked_packages=found.packages)
    assert other.fetch(locked) == served.fetching.cache.path(found.digest).read_bytes()


def test_a_package_that_the_repository_lost_is_named(served: Served, server: FileServer) -> None:
    found = served.lock("shop")
    del server.files["/pool/shop/shop_1.1-1_amd64.deb"]
    served.fetching.cache.path(found.digest).unlink()
    [shop] = [one for one in found.packages if one.name == "shop"]
    served.fetching.cache.path(shop.sha256).unlink()
    reason = served.refused("shop", sha256=found.digest, locked_packages=found.packages)
    assert "pool/shop/shop_1.1-1_amd64.deb: the server answers 404" in reason


def test_an_armored_key_is_a_key(
    served: Served, keys: tuple[SigningKey, SigningKey], tmp_path: Path
) -> None:
    key = keys[0].export(tmp_path / "key.txt", armored=True)
    assert versions(served.lock("shop-data", key=key).packages) == {"shop-data": "7"}


def test_a_repository_in_a_directory_is_read_as_well(served: Served) -> None:
    artifact = served.artifact("shop")
    place = artifact.sources[0].model_copy(update={"location": str(served.repository.directory)})
    found = served.fetching.fetcher.fetch(
        artifact.model_copy(update={"sources": (place,)}), lambda _: None
    )
    assert len(found.packages) == 3


def test_a_list_that_another_key_has_signed_is_refused(
    served: Served, keys: tuple[SigningKey, SigningKey]
) -> None:
    served.publish(key=keys[1])
    assert "NO_PUBKEY" in served.refused("shop")


def test_a_list_without_a_signature_is_refused(served: Served) -> None:
    served.publish(is_signed=False)
    assert "signed" in served.refused("shop")


def test_a_list_that_has_expired_is_refused(served: Served, server: FileServer) -> None:
    served.publish(valid_for=timedelta(days=-1))
    reason = served.refused("shop")
    assert "expired" in reason
    # The repository is named as the document does, and not by the copy of it.
    assert server.url in reason
    served.publish(valid_for=timedelta(days=1))
    served.lock("shop")


def test_a_list_that_was_changed_is_refused(served: Served, server: FileServer) -> None:
    """Also where the change is consistent: another index with its own sha256 in the list."""
    name = f"/dists/{SUITE}/InRelease"
    signed = server.files[name].content
    server.add(name, signed.replace(b"Origin: Tests", b"Origin: Other"))
    assert "BADSIG" in served.refused("shop")


def test_an_index_that_is_not_that_of_the_list_is_refused(
    served: Served, server: FileServer
) -> None:
    name = f"/dists/{SUITE}/main/binary-amd64/Packages.xz"
    content = server.files[name].content
    server.add(name, content[:-1] + bytes([content[-1] ^ 1]))
    reason = served.refused("shop")
    assert "main/binary-amd64/Packages.xz: the file has the sha256" in reason


def test_a_package_file_that_is_not_that_of_the_index_is_refused(
    served: Served, server: FileServer
) -> None:
    name = "/pool/shop-data/shop-data_7_all.deb"
    content = server.files[name].content
    server.add(name, content[:-1] + bytes([content[-1] ^ 1]))
    assert "shop-data_7_all.deb: the file has the sha256" in served.refused("shop")


def test_a_package_that_does_not_exist_is_named(served: Served) -> None:
    assert "Unable to locate package shop-nothing" in served.refused("shop-nothing")


def test_a_version_that_does_not_exist_is_named(served: Served) -> None:
    reason = served.refused("shop", versions={"shop": "1:9-1"})
    assert "Version '1:9-1' for 'shop' was not found" in reason


def test_a_dependency_that_is_not_met_is_named(served: Served) -> None:
    reason = served.refused("broken")
    assert "broken : Depends: shop-lib (>= 3) but it is not" in reason


def test_a_suite_or_an_architecture_that_does_not_exist_is_named(served: Served) -> None:
    assert "/dists/unknown/InRelease: the server answers 404" in served.refused(
        "shop", suites=["unknown"]
    )
    reason = served.refused("shop", architecture="riscv64")
    assert "the component `main` has no packages for riscv64" in reason


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"ssh-rsa AAAA", "does not have OpenPGP public keys")],
)
def test_a_key_that_cannot_be_used_is_refused(
    served: Served, tmp_path: Path, content: bytes | None, says: str
) -> None:
    file = tmp_path / "other.gpg"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        served.lock("shop", key=file)
    assert says in str(caught.value.diagnostics[0].detail)


def test_a_private_key_is_refused(
    served: Served, keys: tuple[SigningKey, SigningKey], tmp_path: Path
) -> None:
    file = keys[0].export_private(tmp_path / "private.gpg")
    with pytest.raises(InputError) as caught:
        served.lock("shop", key=file)
    assert "private key" in str(caught.value.diagnostics[0].detail)


def test_a_machine_without_apt_is_told(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "this machine has no `apt-get`" in served.refused("shop")


def test_nothing_of_apt_is_left(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    served.lock("shop")
    served.refused("shop-nothing")
    assert list(place.iterdir()) == []
