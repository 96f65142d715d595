"""One artifact from real servers with faults: only the right bytes reach the cache."""

from __future__ import annotations

import queue
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from unit.artifacts.artifacts_of_tests import LIMITS, Fetching, artifact, sha256
from unit.artifacts.fault_server import FileServer, file_server
from worldtree.artifacts.fetcher import FetchLimits
from worldtree.artifacts.progress import FetchCancelledError, FetchProgress, FetchState
from worldtree.artifacts.sources.source_kind import OpenedSource, SourceKind
from worldtree.core.errors import WorldTreeError

BODY = bytes(range(256)) * 2000


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the kernel refuse bytes of this process's files after the first ``size``."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


def test_a_file_is_downloaded_once(server: FileServer, fetching: Fetching) -> None:
    """The second time it is in the cache, and nobody is asked."""
    server.add("/shop", BODY)
    wanted = artifact(f"{server.url}/shop", sha256=sha256(BODY), size=len(BODY))
    assert fetching.fetch(wanted) == BODY
    assert fetching.fetch(wanted) == BODY
    assert len(server.requests) == 1
    assert fetching.leftovers() == []
    assert [one.state for one in fetching.told if one.state is not FetchState.RECEIVING] == [
        FetchState.STARTED,
        FetchState.FETCHED,
        FetchState.CACHED,
    ]


def test_a_cut_download_goes_on_where_it_ended(server: FileServer, fetching: Fetching) -> None:
    """The rest is asked for with a range of the same version."""
    file = server.add("/shop", BODY, cuts=[100_000, 200_000])
    wanted = artifact(f"{server.url}/shop", sha256=sha256(BODY))
    assert fetching.fetch(wanted) == BODY
    first, second, third = server.requests_of("/shop")
    assert "Range" not in first
    assert (second["Range"], second["If-Range"]) == ("bytes=100000-", file.etag)
    assert third["Range"] == "bytes=300000-"


def test_a_download_goes_on_in_another_process(server: FileServer, fetching: Fetching) -> None:
    """What one left is used by the next; the partial file is shared by its sha256."""
    server.add("/shop", BODY, cuts=[1000] * LIMITS.max_tries)
    wanted = artifact(f"{server.url}/shop", sha256=sha256(BODY))
    with pytest.raises(WorldTreeError, match="was cut 10 times"):
        fetching.fetch(wanted)
    server.files["/shop"].cuts.clear()
    server.requests.clear()
    assert Fetching(fetching.cache.directory).fetch(wanted) == BODY
    assert server.requests_of("/shop")[0]["Range"] == "bytes=10000-"


@pytest.mark.parametrize("has_sha256", [True, False])
def test_a_server_without_ranges_is_asked_from_the_beginning(
    server: FileServer, fetching: Fetching, has_sha256: bool
) -> None:
    """Nothing of the first answer is in the file twice."""
    server.add("/shop", BODY, has_ranges=False, cuts=[100_000, 50_000])
    more = {"sha256": sha256(BODY)} if has_sha256 else {}
    assert fetching.fetch(artifact(f"{server.url}/shop", **more)) == BODY


def test_bytes_without_a_sha256_are_not_continued(server: FileServer, fetching: Fetching) -> None:
    """A part of one version and the rest of another would pass for a file, and be locked."""
    file = server.add("/shop", b"old" * 50_000, cuts=[90_000], headers={"Last-Modified": "today"})
    file.has_validator = False

    def change(said: FetchProgress) -> None:
        if said.state is FetchState.RETRYING:
            file.content = b"new" * 50_000

    found = fetching.fetcher.fetch(artifact(f"{server.url}/shop"), change)
    assert found.digest == sha256(b"new" * 50_000)
    assert all("Range" not in headers for headers in server.requests_of("/shop"))


@pytest.mark.parametrize("heeds_if_range", [True, False])
def test_a_file_that_changed_meanwhile_is_not_continued(
    server: FileServer, fetching: Fetching, heeds_if_range: bool
) -> None:
    """A part of another version costs no second download."""
    server.add("/shop", b"old" * 50_000, cuts=[90_000])
    wanted = artifact(f"{server.url}/shop", sha256=sha256(BODY))

    def change(said: FetchProgress) -> None:
        if said.state is FetchState.RETRYING:
            server.add("/shop", BODY, heeds_if_range=heeds_if_range)

    found = fetching.fetcher.fetch(wanted, change)
    assert found.digest == sha256(BODY)


def test_bytes_without_a_validator_are_not_continued(
    server: FileServer, fetching: Fetching
) -> None:
    """The server does not say whether it is the same file."""
    server.add("/shop", BODY, has_validator=False, cuts=[100_000])
    assert fetching.fetch(artifact(f"{server.url}/shop", sha256=sha256(BODY))) == BODY
    assert all("Range" not in headers for headers in server.requests_of("/shop"))


def test_a_source_that_begins_elsewhere_is_refused(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packages bring sources; bytes before theirs would be a gap."""

    class Odd(SourceKind):
        @contextmanager
        def open(self, source: object, point: object, context: object) -> Iterator[OpenedSource]:
            del source, point, context
            yield OpenedSource(iter([b"x"]), 3, 4, "", shows_cuts=True)

    monkeypatch.setattr("worldtree.artifacts.receiver.artifact_kind", lambda *_: Odd())
    with pytest.raises(WorldTreeError, match="begins at another byte"):
        fetching.fetch(artifact("./shop"))


def test_mirrors_are_tried_in_order_and_each_reason_is_said(
    server: FileServer, fetching: Fetching
) -> None:
    """Absent, forbidden, wrong bytes, broken: the fifth has it."""
    server.add("/forbidden", BODY, statuses=[403])
    server.add("/wrong", BODY[:-1] + b"x")
    server.add("/broken", BODY, statuses=[500] * 10)
    server.add("/right", BODY)
    paths = ["absent", "forbidden", "wrong", "broken", "right"]
    wanted = artifact(*(f"{server.url}/{one}" for one in paths), sha256=sha256(BODY))
    assert fetching.fetch(wanted) == BODY
    failed = (FetchState.RETRYING, FetchState.SOURCE_FAILED)
    reasons = [one.reason for one in fetching.told if one.state in failed]
    assert reasons[0] == "the server answers 404 (Not Found)"
    assert reasons[1] == "the server answers 403 (Forbidden)"
    assert "sha256" in reasons[2]
    assert reasons[3:] == ["the server answers 500 (Internal Server Error)"] * LIMITS.tries
    assert len(server.requests_of("/broken")) == LIMITS.tries


def test_wrong_bytes_never_reach_the_cache(server: FileServer, fetching: Fetching) -> None:
    """All mirrors are poisoned: nothing is used, and nothing is left."""
    server.add("/a", b"x" * len(BODY))
    server.add("/b", BODY[:-1])
    wanted = artifact(f"{server.url}/a", f"{server.url}/b", sha256=sha256(BODY))
    with pytest.raises(WorldTreeError) as caught:
        fetching.fetch(wanted)
    assert caught.value.code == "artifact-not-fetched"
    assert f"{server.url}/a: the file has the sha256" in caught.value.message
    assert f"{server.url}/b: the file has the sha256" in caught.value.message
    assert fetching.cache.entries() == []
    assert fetching.leftovers() == []


def test_a_poisoned_beginning_is_thrown_away(server: FileServer, fetching: Fetching) -> None:
    """A partial file with wrong bytes costs a download, and nothing else."""
    server.add("/shop", BODY)
    wanted = artifact(f"{server.url}/shop", sha256=sha256(BODY))
    server.files["/shop"].cuts = [0] * 10
    with pytest.raises(WorldTreeError):
        fetching.fetch(wanted)
    server.files["/shop"].cuts = [50_000, *[0] * 10]
    with pytest.raises(WorldTreeError):
        fetching.fetch(wanted)
    partial = fetching.cache.directory / "partial" / sha256(BODY)
    partial.write_bytes(b"x" * partial.stat().st_size)
    server.files["/shop"].cuts = []
    assert fetching.fetch(wanted) == BODY


def test_a_cut_that_nothing_shows_is_not_trusted(server: FileServer, fetching: Fetching) -> None:
    """Without a length, the end of the connection may be the end of the file, or a cut."""
    server.add("/shop", BODY, has_length=False, cuts=[1000])
    with pytest.raises(WorldTreeError, match="does not say where the file ends"):
        fetching.fetch(artifact(f"{server.url}/shop"))
    server.files["/shop"].cuts = [1000]
    with pytest.raises(WorldTreeError, match="bytes, not"):
        fetching.fetch(artifact(f"{server.url}/shop", size=len(BODY)))
    assert fetching.fetch(artifact(f"{server.url}/shop", sha256=sha256(BODY))) == BODY


def test_a_chunked_answer_shows_its_end(server: FileServer, fetching: Fetching) -> None:
    """Its length is not known before, and a cut still shows."""
    server.add("/shop", BODY, is_chunked=True, cuts=[1000])
    assert fetching.fetch(artifact(f"{server.url}/shop")) == BODY


def test_a_larger_file_than_declared_is_refused(server: FileServer, fetching: Fetching) -> None:
    """By what the server says, and while it arrives."""
    server.add("/said", BODY)
    server.add("/unsaid", BODY, is_chunked=True)
    for path in ("said", "unsaid"):
        with pytest.raises(WorldTreeError, match=r"bytes, not 1000|larger than 1000 bytes"):
            fetching.fetch(artifact(f"{server.url}/{path}", size=1000))
    assert fetching.leftovers() == []


def test_files_of_this_machine(fetching: Fetching, tmp_path: Path) -> None:
    """By path and by URL; what is no file is a reason."""
    file = tmp_path / "shop 1.tgz"
    file.write_bytes(BODY)
    assert fetching.fetch(artifact(str(file))) == BODY
    assert fetching.fetch(artifact(f"file://{tmp_path}/shop%201.tgz")) == BODY
    for odd, reason in ((tmp_path, "not a file"), (tmp_path / "x", "no such file")):
        with pytest.raises(WorldTreeError, match=reason):
            fetching.fetch(artifact(str(odd)))


def test_a_full_disk_is_told_and_nothing_is_left(server: FileServer, fetching: Fetching) -> None:
    """Before the first byte, where the size is known: no disk has so much room."""
    server.add("/shop", b"x", headers={"Content-Length": str(1 << 60)}, has_length=False)
    with pytest.raises(WorldTreeError) as caught:
        fetching.fetch(artifact(f"{server.url}/shop", sha256=sha256(BODY)))
    assert "larger than" in caught.value.message
    huge = Fetching(fetching.cache.directory, FetchLimits(max_bytes=1 << 62))
    with pytest.raises(WorldTreeError) as caught:
        huge.fetch(artifact(f"{server.url}/shop", sha256=sha256(BODY)))
    assert caught.value.code == "disk-full"
    assert fetching.leftovers() == []


@pytest.mark.parametrize("has_sha256", [True, False])
def test_what_was_written_before_an_error_of_the_disk_is_kept(
    server: FileServer, fetching: Fetching, has_sha256: bool
) -> None:
    """The next download goes on there; what can never be continued would only take space."""
    server.add("/shop", BODY)
    more = {"sha256": sha256(BODY)} if has_sha256 else {}
    wanted = artifact(f"{server.url}/shop", **more)
    with largest_file(100_000), pytest.raises(WorldTreeError) as caught:
        fetching.fetch(wanted)
    assert caught.value.code == "artifact-cache-unusable"
    assert bool(fetching.leftovers()) is has_sha256
    assert fetching.fetch(wanted) == BODY
    assert ("Range" in server.requests_of("/shop")[1]) is has_sha256


def test_a_full_disk_costs_nothing_that_was_downloaded(
    server: FileServer, fetching: Fetching
) -> None:
    """Another server has the file, and says that it is larger than any disk."""
    server.add("/shop", BODY, cuts=[1000] * LIMITS.max_tries)
    wanted = artifact(f"{server.url}/shop", sha256=sha256(BODY))
    with pytest.raises(WorldTreeError, match="was cut 10 times"):
        fetching.fetch(wanted)
    huge = {"headers": {"Content-Length": str(1 << 60)}, "has_length": False, "has_ranges": False}
    server.add("/shop", BODY, **huge)
    with pytest.raises(WorldTreeError) as caught:
        Fetching(fetching.cache.directory, FetchLimits(max_bytes=1 << 62)).fetch(wanted)
    assert caught.value.code == "disk-full"
    server.add("/shop", BODY)
    server.requests.clear()
    assert fetching.fetch(wanted) == BODY
    assert server.requests_of("/shop")[0]["Range"] == "bytes=10000-"


def test_two_at_once_download_once(server: FileServer, fetching: Fetching) -> None:
    """The second one waits for the first, and finds the file."""
    server.add("/shop", BODY, cuts=[100])
    wanted = artifact(f"{server.url}/shop", sha256=sha256(BODY))
    found: list[bytes] = []
    both = [Fetching(fetching.cache.directory) for _ in range(2)]

    def fetch(one: Fetching) -> None:
        found.append(one.fetch(wanted))

    threads = [threading.Thread(target=fetch, args=[one], daemon=True) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
        assert not thread.is_alive(), "the download does not end"
    assert found == [BODY, BODY]
    assert len(server.requests) == 2


def test_waiting_for_another_download_is_told(server: FileServer, fetching: Fetching) -> None:
    """Nothing else happens for as long as that takes."""
    server.add("/shop", BODY)
    wanted = artifact(f"{server.url}/shop", sha256=sha256(BODY))
    told: queue.SimpleQueue[FetchProgress] = queue.SimpleQueue()
    thread = threading.Thread(target=fetching.fetcher.fetch, args=[wanted, told.put], daemon=True)
    with fetching.cache.held(sha256(BODY)):
        thread.start()
        assert told.get(timeout=300).state is FetchState.WAITING
        assert server.requests == []
    thread.join(300)
    assert not thread.is_alive(), "the download does not end"
    assert fetching.fetch(wanted) == BODY


def test_a_cancelled_download_keeps_what_it_has(server: FileServer, fetching: Fetching) -> None:
    """It ends at its next chunk, and goes on later."""
    server.add("/shop", BODY)
    wanted = artifact(f"{server.url}/shop", sha256=sha256(BODY))
    cancelled = threading.Event()
    fetcher = Fetching(fetching.cache.directory).fetcher
    fetcher._cancelled = cancelled

    def stop(said: FetchProgress) -> None:
        if said.received:
            cancelled.set()

    with pytest.raises(FetchCancelledError):
        fetcher.fetch(wanted, stop)
    assert fetching.leftovers()
    assert fetching.fetch(wanted) == BODY
    assert "Range" in server.requests_of("/shop")[1]


_FAULT = st.one_of(
    st.tuples(st.just("cut"), st.integers(0, 5000)),
    st.tuples(st.just("status"), st.sampled_from([404, 429, 500, 503])),
    st.tuples(st.just("poison"), st.integers(0, 3999)),
    st.tuples(st.just("ranges"), st.booleans()),
    st.tuples(st.just("validator"), st.booleans()),
)


@given(faults=st.lists(_FAULT, max_size=12), body=st.binary(max_size=4000))
@settings(max_examples=examples(60))
def test_whatever_servers_do_the_cache_has_what_its_names_say(
    tmp_path_factory: pytest.TempPathFactory, faults: list[tuple[str, int]], body: bytes
) -> None:
    """After any sequence of cuts, errors and wrong bytes each file has the sha256 of its name."""
    fetching = Fetching(tmp_path_factory.mktemp("cache"))
    with file_server() as served:
        file = served.add("/a", body)
        served.add("/b", body, has_ranges=False)
        wanted = artifact(f"{served.url}/a", f"{served.url}/b", sha256=sha256(body))
        for name, value in faults:
            if name == "cut":
                file.cuts.append(value)
                served.files["/b"].cuts.append(value // 2)
            elif name == "status":
                file.statuses.append(value)
            elif name == "ranges":
                file.has_ranges = bool(value)
            elif name == "validator":
                file.has_validator = bool(value)
            else:
                wrong = bytearray(body)
                wrong[value % max(1, len(body)) : value % max(1, len(body)) + 1] = b"\0\1"
                file.content = bytes(wrong)
            with suppress(WorldTreeError):
                assert fetching.fetch(wanted) == body
            for entry in fetching.cache.entries():
                assert sha256(fetching.cache.path(entry.digest).read_bytes()) == entry.digest
            fetching.cache.path(sha256(body)).unlink(missing_ok=True)
