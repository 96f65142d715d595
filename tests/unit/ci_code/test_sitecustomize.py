"""Test environments keep the compiled code of modules in zip files, such as Ansible's."""

from __future__ import annotations

import importlib.util
import traceback
import zipfile
import zipimport
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import tiers

#: Imports a module from a zip file and calls its function, which fails; returns the traceback.
Call = Callable[[str, str], list[traceback.FrameSummary]]


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module with a directory of its own; what it patches is restored."""
    monkeypatch.setattr(zipimport, "_compile_source", zipimport._compile_source)
    file = tiers.ROOT / ".ci" / "sitecustomize.py"
    spec = importlib.util.spec_from_file_location("zip_code", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "_KEPT", str(tmp_path / "kept"))
    return module


@pytest.fixture
def compiled(loaded: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the sources that were compiled."""
    paths: list[str] = []
    real = loaded._compile

    def compiling(path: str, source: bytes) -> object:
        paths.append(path)
        return real(path, source)

    monkeypatch.setattr(loaded, "_compile", compiling)
    return paths


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Call ``fail`` of a new zip file with this name and source."""

    def calling(name: str, source: str) -> list[traceback.FrameSummary]:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("packed.py", source)
        code = zipimport.zipimporter(str(tmp_path / name)).get_code("packed")
        scope: dict[str, Callable[[], None]] = {}
        exec(code, scope)
        try:
            scope["fail"]()
        except ValueError as error:
            return list(traceback.extract_tb(error.__traceback__))
        raise AssertionError("fail has not failed")

    return calling


FAIL = "def fail():\n    raise ValueError\n"


def test_the_same_source_is_compiled_once_and_named_where_it_is(
    compiled: list[str], call: Call, tmp_path: Path
) -> None:
    """Another source is compiled on its own."""
    for name in ("one.zip", "two.zip"):
        frame = call(name, FAIL)[-1]
        assert (frame.filename, frame.lineno) == (str(tmp_path / name / "packed.py"), 2)
    assert compiled == [str(tmp_path / "one.zip" / "packed.py")]
    assert call("three.zip", "\n" + FAIL)[-1].lineno == 3


def test_what_cannot_be_read_is_compiled_again(
    compiled: list[str], call: Call, tmp_path: Path
) -> None:
    call("one.zip", FAIL)
    (kept,) = (tmp_path / "kept").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:40])
    assert call("two.zip", FAIL)[-1].lineno == 2
    assert len(compiled) == 2
    assert kept.read_bytes()[:20] == whole[:20]
    assert len(kept.read_bytes()) > 40


def test_modules_are_imported_where_nothing_can_be_kept(
    compiled: list[str], call: Call, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("not a directory")
    for name in ("one.zip", "two.zip"):
        assert call(name, FAIL)[-1].lineno == 2
    assert len(compiled) == 2
