"""Sources of settings, their precedence, and what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.core.errors import InputError
from worldtree.core.settings import Settings

URL = "postgresql://wt:secret@db/worldtree"


def test_variables_override_the_file(tmp_path: Path) -> None:
    (tmp_path / "worldtree.toml").write_text('database_url = "postgresql://file/x"\nforks = 7\n')
    variables = {"WORLDTREE_DATABASE_URL": URL, "WORLDTREE_VERBOSITY": "3"}
    found = Settings.load(variables, tmp_path)
    assert (found.database_url, found.forks, found.verbosity) == (URL, 7, 3)
    assert Settings.load({}, tmp_path).database_url == "postgresql://file/x"
    assert Settings.load({}, tmp_path / "elsewhere").database_url == ""


def test_password_is_not_shown(tmp_path: Path) -> None:
    found = Settings.load({"WORLDTREE_DATABASE_URL": URL}, tmp_path)
    assert "secret" not in repr(found)


def test_a_value_that_is_not_a_string_is_reported(tmp_path: Path) -> None:
    (tmp_path / "worldtree.toml").write_text("database_url = 5\n")
    with pytest.raises(InputError) as caught:
        Settings.load({}, tmp_path)
    [problem] = caught.value.diagnostics
    assert (problem.summary, problem.hint) == (
        "`database_url` is not a string",
        "set it to a string",
    )
