"""``wt artifacts``: what a document needs is listed, locked, fetched, verified and pruned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.artifacts.artifacts_of_tests import sha256
from unit.artifacts.fault_server import FileServer, file_server
from unit.artifacts.keys_of_tests import SigningKey
from unit.cli.conftest import Wt, write_document
from worldtree.artifacts.progress import FetchProgress, FetchState
from worldtree.core.errors import ExitCode

BODIES = {"amd64": b"for amd64", "arm64": b"for arm64"}


@pytest.fixture
def served() -> Iterator[FileServer]:
    """A server with the files of two architectures, and one for all."""
    with file_server() as server:
        for architecture, body in BODIES.items():
            server.add(f"/shop-1.2-{architecture}", body)
        server.add("/motd", b"hello")
        yield server


def spec(url: str, **more: Any) -> dict[str, Any]:
    """The spec of a document with two artifacts; the second host's architecture is not known."""
    return {
        "hosts": [
            {"name": "web1", "address": "10.0.0.1", "labels": {"architecture": "aarch64"}},
            {"name": "web2", "address": "10.0.0.2"},
        ],
        "artifacts": [
            {
                "name": "shop",
                "version": "1.2",
                "architectures": ["amd64", "arm64"],
                "sources": [f"{url}/shop-{{version}}-{{architecture}}?key=hunter2"],
                **more,
            },
            {"name": "motd", "version": "1", "kind": "manifest", "sources": [f"{url}/motd"]},
        ],
    }


def test_from_the_document_to_the_cache(wt: Wt, tmp_path: Path, served: FileServer) -> None:
    """Each state is seen by a script, and by a person."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    items = wt("artifacts", "list", "-o", "json").json["items"]
    assert [(one["name"], one["architecture"], one["state"], one["hosts"]) for one in items] == [
        ("motd", "any", "unlocked", ["web1", "web2"]),
        ("shop", "amd64", "unlocked", ["web2"]),
        ("shop", "arm64", "unlocked", ["web1", "web2"]),
    ]
    refused = wt("artifacts", "fetch")
    assert refused.code == ExitCode.REFUSED
    assert "[artifact-not-locked]" in refused.err
    assert served.requests == []

    locked = wt("artifacts", "lock")
    assert locked.code == ExitCode.OK
    assert f"added shop 1.2 (linux/arm64): sha256 {sha256(BODIES['arm64'])}" in locked.out
    assert "trusted on first use: shop 1.2 (linux/arm64)" in locked.err
    lock = yaml.safe_load((tmp_path / "artifacts.lock").read_text(encoding="utf-8"))
    assert {one["sha256"] for one in lock["artifacts"]} == {
        sha256(body) for body in (*BODIES.values(), b"hello")
    }
    assert "cached" in wt("artifacts", "list").out

    asked = len(served.requests)
    assert wt("artifacts", "lock").code == ExitCode.OK
    assert wt("artifacts", "fetch").out == "3 artifacts in the cache\n"
    assert len(served.requests) == asked
    assert wt("artifacts", "verify", "-o", "json").json["missing"] == []
    texts = "".join(str(path.read_bytes()) for path in tmp_path.rglob("*.lock"))
    assert "hunter2" not in texts + locked.out + locked.err


def test_verifying_finds_damage_and_fetching_repairs_it(
    wt: Wt, tmp_path: Path, served: FileServer
) -> None:
    """Of what is damaged nothing is left, and what is missing is named."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    wt("artifacts", "lock")
    whole = tmp_path / "state" / "artifacts" / "sha256"
    damaged, missing = (sha256(BODIES[one]) for one in ("amd64", "arm64"))
    (whole / damaged[:2] / damaged).chmod(0o600)
    (whole / damaged[:2] / damaged).write_bytes(b"other")
    (whole / missing[:2] / missing).unlink()
    linked = whole / sha256(b"hello")[:2] / sha256(b"hello")
    linked.rename(tmp_path / "motd")
    linked.symlink_to(tmp_path / "motd")
    found = wt("artifacts", "verify")
    assert found.out.endswith("\n0 artifacts verified\n")
    assert "damaged motd" in found.out
    assert found.code == ExitCode.FAILED
    assert "damaged shop 1.2 (linux/amd64)" in found.out
    assert "missing shop 1.2 (linux/arm64)" in found.out
    assert wt("artifacts", "fetch", "-o", "json").code == ExitCode.OK
    assert wt("artifacts", "verify").out == "3 artifacts verified\n"


def test_a_changed_file_upstream_is_not_used(wt: Wt, tmp_path: Path, served: FileServer) -> None:
    """Only `--update` takes it, and says so."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    wt("artifacts", "lock")
    (tmp_path / "state" / "artifacts").rename(tmp_path / "elsewhere")
    served.add("/motd", b"wrong")
    found = wt("artifacts", "fetch")
    assert found.code == ExitCode.FAILED
    assert f"the file has the sha256 {sha256(b'wrong')}, not {sha256(b'hello')}" in found.err
    assert found.out == "2 artifacts in the cache\n"
    changed = wt("artifacts", "lock", "--update", "motd")
    assert f"changed motd 1 (linux/any): sha256 {sha256(b'wrong')}" in changed.out
    assert "trusted on first use: motd" in changed.err


def test_a_declared_sha256_wins_over_the_lock_file(
    wt: Wt, tmp_path: Path, served: FileServer
) -> None:
    """Where both differ nothing is fetched; locking again takes what the document says."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    wt("artifacts", "lock")
    served.add("/shop-1.2-arm64", b"rebuilt")
    declared = {"arm64": sha256(b"rebuilt")}
    write_document(tmp_path / "cluster.yaml", spec(served.url, sha256=declared))
    states = [one["state"] for one in wt("artifacts", "list", "-o", "json").json["items"]]
    assert states == ["cached", "cached", "stale"]
    assert wt("artifacts", "fetch").code == ExitCode.REFUSED
    found = wt("artifacts", "lock", "-o", "json")
    (changed,) = found.json["changed"]
    assert (changed["sha256"], changed["trust"]) == (declared["arm64"], "declared")
    assert "first use" not in found.err
    assert wt("artifacts", "fetch").code == ExitCode.OK


def test_a_sha256_that_is_declared_later_confirms_the_first_download(
    wt: Wt, tmp_path: Path, served: FileServer
) -> None:
    """Without a download; nothing lessens the trust in the same bytes afterwards."""

    def trust() -> set[str]:
        lock = yaml.safe_load((tmp_path / "artifacts.lock").read_text(encoding="utf-8"))
        return {one["trust"] for one in lock["artifacts"] if one["name"] == "shop"}

    write_document(tmp_path / "cluster.yaml", spec(served.url))
    wt("artifacts", "lock")
    assert trust() == {"first-use"}
    declared = {name: sha256(body) for name, body in BODIES.items()}
    write_document(tmp_path / "cluster.yaml", spec(served.url, sha256=declared))
    asked = len(served.requests)
    found = wt("artifacts", "lock")
    assert f"confirmed shop 1.2 (linux/arm64): sha256 {declared['arm64']}" in found.out
    assert len(served.requests) == asked
    assert trust() == {"declared"}
    assert wt("artifacts", "lock", "-o", "json").json["confirmed"] == []
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    assert "first use" not in wt("artifacts", "lock", "--update", "shop").err
    assert trust() == {"declared"}


def compiled_sums(wt: Wt, place: Path) -> list[str]:
    """Return the architectures of the artifacts that a bundle knows the sha256 of."""
    assert wt("compile", "--dir", str(place / "bundle")).code == ExitCode.OK
    listed = json.loads((place / "bundle" / "artifacts.json").read_text(encoding="utf-8"))
    return sorted(one["architecture"] for one in listed["artifacts"] if one.get("sha256"))


def test_a_signature_is_checked_before_a_file_is_used(
    wt: Wt, tmp_path: Path, served: FileServer
) -> None:
    """Instead of trust in the first download, also of what the lock file has, and by a new key."""
    signer = SigningKey(tmp_path)
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    wt("artifacts", "lock")
    location = f"{served.url}/shop-{{version}}-{{architecture}}.sig"

    def sign(by: SigningKey) -> None:
        for architecture, body in BODIES.items():
            served.add(f"/shop-1.2-{architecture}.sig", by.text(body))
        signature = {"location": location, "publicKey": f"./{by.public.name}"}
        write_document(tmp_path / "cluster.yaml", spec(served.url, signature=signature))

    sign(signer)
    served.add("/shop-1.2-arm64.sig", signer.text(b"other"))
    states = [one["state"] for one in wt("artifacts", "list", "-o", "json").json["items"]]
    assert states == ["cached", "unsigned", "unsigned"]
    assert wt("artifacts", "fetch").code == ExitCode.REFUSED
    found = wt("artifacts", "lock")
    assert found.code == ExitCode.FAILED
    assert "[artifact-signature-invalid]" in found.err
    assert "confirmed shop 1.2 (linux/amd64)" in found.out
    assert wt("artifacts", "fetch").code == ExitCode.REFUSED

    sign(signer)
    asked = len(served.requests_of("/shop-1.2-arm64"))
    assert wt("artifacts", "lock", "-o", "json").json["confirmed"][0]["trust"] == "signed"
    assert len(served.requests_of("/shop-1.2-arm64")) == asked
    assert wt("artifacts", "fetch").out == "3 artifacts in the cache\n"
    assert wt("artifacts", "lock", "-o", "json").json["confirmed"] == []
    assert set(compiled_sums(wt, tmp_path)) == {"amd64", "any", "arm64"}

    sign(SigningKey(tmp_path, "new"))
    assert wt("artifacts", "fetch").code == ExitCode.REFUSED
    # What the former key has signed is in no bundle, and so on no host.
    assert compiled_sums(wt, tmp_path) == ["any"]
    assert len(wt("artifacts", "lock", "-o", "json").json["confirmed"]) == 2
    assert wt("artifacts", "verify").code == ExitCode.OK


def test_a_public_key_that_is_missing_is_reported(
    wt: Wt, tmp_path: Path, served: FileServer
) -> None:
    """Before anything is downloaded."""
    signature = {"location": f"{served.url}/motd.sig", "publicKey": "./absent.pub"}
    wanted = spec(served.url)
    wanted["artifacts"][1]["signature"] = signature
    write_document(tmp_path / "cluster.yaml", wanted)
    found = wt("artifacts", "lock")
    assert found.code == ExitCode.INPUT
    assert "[bad-public-key]" in found.err
    assert f"{tmp_path}/absent.pub" in found.err
    assert served.requests == []
    del signature["publicKey"]
    write_document(tmp_path / "cluster.yaml", wanted)
    assert wt("artifacts", "list").code == ExitCode.INPUT


def test_a_source_that_is_tried_again_is_shown(wt: Wt, tmp_path: Path, served: FileServer) -> None:
    """Each pause would be a silence, and its reason never be said."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    served.files["/motd"].statuses = [503]
    found = wt("artifacts", "lock")
    assert found.code == ExitCode.OK
    reason = "the server answers 503 (Service Unavailable); trying again"
    assert f"motd 1 (linux/any): {served.url}/motd: {reason}\n" in found.err


def test_an_unknown_name_to_update_is_refused(wt: Wt, tmp_path: Path, served: FileServer) -> None:
    """Before anything is downloaded; nothing would be updated, and nothing said."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    found = wt("artifacts", "lock", "--update", "shop", "--update", "modt")
    assert found.code == ExitCode.INPUT
    assert "[unknown-artifact]" in found.err
    assert "did you mean `motd`?" in found.err
    assert served.requests == []


def test_what_cannot_be_downloaded_is_named_and_the_rest_is_locked(
    wt: Wt, tmp_path: Path, served: FileServer
) -> None:
    """With the reason of each source; the entries of other documents stay."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    wt("artifacts", "lock")
    other = {"name": "other", "version": "1", "sources": [f"{served.url}/none", "./none"]}
    fine = {"name": "fine", "version": "1", "sources": ["./fine"]}
    (tmp_path / "fine").write_bytes(b"fine")
    hosts = [{"name": "web1", "address": "10.0.0.1"}]
    write_document(tmp_path / "other.yaml", {"hosts": hosts, "artifacts": [other, fine]})
    found = wt("artifacts", "lock", "-f", "other.yaml")
    assert found.code == ExitCode.FAILED
    assert f"{served.url}/none: the server answers 404" in found.err
    assert f"{tmp_path}/none: there is no such file" in found.err
    lock = (tmp_path / "artifacts.lock").read_text(encoding="utf-8")
    assert '"./fine"' in lock
    assert '"shop"' in lock
    kept = wt("artifacts", "lock", "-f", "cluster.yaml", "--remove-unneeded", "-o", "json").json
    assert [one["name"] for one in kept["removed"]] == ["fine"]


def test_the_cache_is_pruned(wt: Wt, tmp_path: Path, served: FileServer) -> None:
    """What a lock file names stays, until the lock file is gone."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    wt("artifacts", "lock", "--max-size", "1G")
    kept = wt("artifacts", "prune", "--max-size", "0", "-o", "json").json
    assert (kept["removed"], kept["freed"], kept["kept"]) == ([], 0, kept["size"])
    (tmp_path / "artifacts.lock").unlink()
    assert wt("artifacts", "prune", "--max-size", "0").out.startswith("removed 3 artifacts")
    assert wt("artifacts", "prune", "--max-size", "lots").code == ExitCode.INPUT
    assert wt("artifacts", "prune").code == ExitCode.INPUT


def test_a_host_of_another_architecture_is_reported(wt: Wt, tmp_path: Path) -> None:
    """With its place, and before anything is downloaded."""
    wanted = spec("http://127.0.0.1:9", architectures=["amd64"])
    write_document(tmp_path / "cluster.yaml", wanted)
    found = wt("artifacts", "lock")
    assert found.code == ExitCode.INPUT
    assert "[artifact-architecture-missing]" in found.err
    assert "cluster.yaml:" in found.err


def test_a_secret_that_cannot_be_resolved_is_a_reason(
    wt: Wt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: FileServer
) -> None:
    """Resolved, it is sent and never shown."""
    source = {"location": f"{served.url}/motd", "token": "${env:MIRROR_TOKEN}"}
    artifacts = [{"name": "motd", "version": "1", "sources": [source]}]
    hosts = [{"name": "web1", "address": "10.0.0.1"}]
    write_document(tmp_path / "cluster.yaml", {"hosts": hosts, "artifacts": artifacts})
    monkeypatch.delenv("MIRROR_TOKEN", raising=False)
    found = wt("artifacts", "lock")
    assert found.code == ExitCode.FAILED
    assert "`${env:MIRROR_TOKEN}`" in found.err
    monkeypatch.setenv("MIRROR_TOKEN", "hunter2")
    found = wt("artifacts", "lock")
    assert found.code == ExitCode.OK
    assert served.requests[-1][1]["Authorization"] == "Bearer hunter2"
    assert "hunter2" not in found.out + found.err


def test_two_commands_that_lock_at_once_keep_both(
    wt: Wt, tmp_path: Path, served: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock file is read again after the downloads: another command has written it."""
    hosts = [{"name": "web1", "address": "10.0.0.1"}]
    (tmp_path / "late").write_bytes(b"late")
    late = {"name": "late", "version": "1", "sources": ["./late"]}
    write_document(tmp_path / "late.yaml", {"hosts": hosts, "artifacts": [late]})
    write_document(tmp_path / "cluster.yaml", spec(served.url))

    def lock_late(event: FetchProgress) -> None:
        if event.state is FetchState.FETCHED and event.key.name == "motd":
            assert wt("artifacts", "lock", "-f", "late.yaml").code == ExitCode.OK

    monkeypatch.setattr("worldtree.cli.artifact_progress._write_line", lock_late)
    assert wt("artifacts", "lock", "--remove-unneeded").code == ExitCode.OK
    lock = yaml.safe_load((tmp_path / "artifacts.lock").read_text(encoding="utf-8"))
    assert {one["name"] for one in lock["artifacts"]} == {"late", "motd", "shop"}


def test_an_interrupted_lock_keeps_what_it_has(
    wt: Wt, tmp_path: Path, served: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one downloads the rest only."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))

    def interrupt(event: FetchProgress) -> None:
        if event.state is FetchState.FETCHED:
            fetched.append(event.key.name)
            if len(fetched) == 2:
                raise KeyboardInterrupt

    fetched: list[str] = []
    monkeypatch.setattr("worldtree.cli.artifact_progress._write_line", interrupt)
    wt("artifacts", "lock", "--parallel", "1")
    lock = yaml.safe_load((tmp_path / "artifacts.lock").read_text(encoding="utf-8"))
    assert [one["name"] for one in lock["artifacts"]] == fetched[:1]


def test_a_prune_beside_a_lock_keeps_what_was_just_downloaded(
    wt: Wt, tmp_path: Path, served: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No lock file names it yet; that of others, broken meanwhile, ends nothing half way."""
    write_document(tmp_path / "cluster.yaml", spec(served.url))
    other = tmp_path / "other"
    other.mkdir()
    hosts = [{"name": "web1", "address": "10.0.0.1"}]
    write_document(other / "cluster.yaml", {"hosts": hosts, "artifacts": []})
    assert wt("artifacts", "lock", "-f", "other/cluster.yaml").code == ExitCode.OK

    def prune(event: FetchProgress) -> None:
        if event.state is FetchState.FETCHED:
            assert wt("artifacts", "prune", "--max-size", "0").code == codes.pop(0)
            (other / "artifacts.lock").write_text("artifacts: 3", encoding="utf-8")

    codes = [ExitCode.OK, ExitCode.INPUT, ExitCode.INPUT]
    monkeypatch.setattr("worldtree.cli.artifact_progress._write_line", prune)
    command = ["artifacts", "lock", "--parallel", "1", "--max-size", "0"]
    assert wt(*command).code == ExitCode.OK
    assert codes == []
    assert wt("artifacts", "verify").out == "3 artifacts verified\n"
    # It is said before the first download.
    asked = len(served.requests)
    assert wt(*command, "--update", "motd").code == ExitCode.INPUT
    assert len(served.requests) == asked
