"""Any text may stand where a path is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.core.written_paths import exists, home_path, is_file


def test_a_home_directory_is_put_in_where_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert home_path("~/keys/a") == Path("/home/me/keys/a")
    assert home_path("~nobody-of-this-name/a") == Path("~nobody-of-this-name/a")
    assert home_path("a/~") == Path("a/~")


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "none", "file/below"])
def test_a_text_that_names_no_file_is_no_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    assert not is_file(tmp_path / name)
    assert not exists(tmp_path / name)
    assert is_file(tmp_path / "file")
    assert exists(tmp_path)
