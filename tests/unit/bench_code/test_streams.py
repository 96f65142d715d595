"""The benchmark of streams counts every line of every reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import streams


def test_every_reader_receives_every_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With few readers, all of its processes run; a lost line misses the bound."""
    sizes = {"READERS": 3, "EVENT_RATE": 100, "STREAM_SECONDS": 1}
    for name, size in sizes.items():
        monkeypatch.setenv(f"WORLDTREE_BENCH_{name}", str(size))
    monkeypatch.setattr(streams, "_READERS", 3)
    monkeypatch.setattr(streams, "_RATE", 100)
    monkeypatch.setattr(streams, "_SECONDS", 1)
    (figure,) = streams.measure(tmp_path)
    assert any("300" in line for line in figure.detail)
    found = {"lines": 299, "p50": 1.0, "p99": 2.0, "max": 3.0}
    lossy = streams._figure(found, 1.0)
    assert not lossy.ok
    assert any("299 of 300" in line for line in lossy.detail)
