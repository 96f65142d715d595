"""New files are complete or not there, whenever the process ends."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worldtree.app.documents.new_files import replace_file, write_new_files
from worldtree.core.errors import RefusedError

#: Ends by a signal in the middle of the first file, which is written last.
_KILLED = """
import resource, signal, sys
from pathlib import Path
from worldtree.app.documents.new_files import write_new_files

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
base = Path(sys.argv[1])
write_new_files({base / "cluster.yaml": "long" * 9999, base / "plays/a.yml": "short"}, hint="")
"""


def test_a_killed_call_leaves_no_document_and_can_be_repeated(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED, str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGXFSZ
    files = {tmp_path / "cluster.yaml": "long", tmp_path / "plays/a.yml": "short"}
    assert [path for path in files if path.exists()] == [tmp_path / "plays/a.yml"]
    assert write_new_files(files, hint="") == list(files)
    assert {path: path.read_text() for path in files} == files


def test_other_text_and_an_equal_document_stay(tmp_path: Path) -> None:
    files = {tmp_path / "cluster.yaml": "new", tmp_path / "a.yml": "new"}
    (tmp_path / "a.yml").write_text("old")
    with pytest.raises(RefusedError, match=r"a\.yml already exists"):
        write_new_files(files, hint="")
    assert not (tmp_path / "cluster.yaml").exists()
    (tmp_path / "a.yml").unlink()
    (tmp_path / "cluster.yaml").write_text("new")
    with pytest.raises(RefusedError, match=r"cluster\.yaml already exists"):
        write_new_files(files, hint="")
    assert not (tmp_path / "a.yml").exists()


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted", source, None, target)

    monkeypatch.setattr(os, "link", refuse)
    write_new_files({tmp_path / "cluster.yaml": "text"}, hint="")
    replace_file(tmp_path / "cluster.yaml", "more")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("cluster.yaml", "more")]
