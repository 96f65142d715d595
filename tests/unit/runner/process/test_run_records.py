"""The versioned files of an attempt: written, upgraded, refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from worldtree.core.errors import RefusedError
from worldtree.runner.process.process_table import ProcessRef
from worldtree.runner.process.protocol import OUTCOME_FILE, SUPERVISOR_FILE, Job
from worldtree.runner.process.run_records import (
    OUTCOME_FORMAT,
    SUPERVISOR_FORMAT,
    create_supervisor_file,
    read_outcome,
    read_supervisor,
    write_outcome,
)

OLD = Path(__file__).parents[1] / "samples" / "v1"


def test_what_is_written_is_read_and_has_a_version(tmp_path: Path) -> None:
    process = ProcessRef(7, 11, "boot")
    assert create_supervisor_file(tmp_path, process)
    assert not create_supervisor_file(tmp_path, None)
    write_outcome(tmp_path, {"state": "finished"})
    assert read_supervisor(tmp_path) == process
    assert read_outcome(tmp_path) == {"state": "finished"}
    for name, written in ((SUPERVISOR_FILE, SUPERVISOR_FORMAT), (OUTCOME_FILE, OUTCOME_FORMAT)):
        assert json.loads((tmp_path / name).read_text())["version"] == written.version


def test_an_attempt_that_must_not_start_has_no_supervisor(tmp_path: Path) -> None:
    assert create_supervisor_file(tmp_path, None)
    assert read_supervisor(tmp_path) is None
    assert not create_supervisor_file(tmp_path, ProcessRef(1, 1, "boot"))


def test_files_of_version_1_are_upgraded(tmp_path: Path) -> None:
    for name in (SUPERVISOR_FILE, OUTCOME_FILE):
        shutil.copy(OLD / name, tmp_path)
    assert read_supervisor(tmp_path) == ProcessRef(
        **json.loads((OLD / SUPERVISOR_FILE).read_text())
    )
    assert read_outcome(tmp_path) == json.loads((OLD / OUTCOME_FILE).read_text())


@pytest.mark.parametrize("version", [OUTCOME_FORMAT.version + 1, 0, "two"])
def test_a_file_of_an_unknown_version_is_refused(tmp_path: Path, version: object) -> None:
    (tmp_path / OUTCOME_FILE).write_text(json.dumps({"version": version}))
    (tmp_path / SUPERVISOR_FILE).write_text(json.dumps({"version": version, "pid": 1}))
    with pytest.raises(RefusedError, match=f"has version {version}, and this program reads up to"):
        read_outcome(tmp_path)
    with pytest.raises(RefusedError, match=f"has version {version}, and this program reads up to"):
        read_supervisor(tmp_path)


def test_a_supervisor_with_other_fields_is_refused(tmp_path: Path) -> None:
    (tmp_path / SUPERVISOR_FILE).write_text('{"version": 2, "pid": 1, "thread": 2}')
    with pytest.raises(RefusedError, match="does not have the fields of its version"):
        read_supervisor(tmp_path)


def test_a_job_of_another_version_is_refused() -> None:
    job = Job("a", "/d", "/b", "p.yml", "/h", {})
    assert Job.parse(job.line()).attempt == "a"
    data = {**json.loads(job.line()), "version": 1}
    with pytest.raises(RefusedError, match="the job has version 1"):
        Job.parse(json.dumps(data).encode())
