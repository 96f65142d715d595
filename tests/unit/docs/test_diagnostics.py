"""docs/diagnostics.d explains every slug that the code can report, and no other.

`docs/build.py --check` says so of the whole package, in each `make check`; here is what it finds.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from unit.docs.scripts import load_script


@pytest.fixture(scope="module")
def build() -> ModuleType:
    return load_script("build")


def test_a_problem_says_where_and_what_to_do(build: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text(
        'bag.error("no-text", "summary")\nmine(Diagnostic("has-text", "summary"))\nx = "is-used"\n'
    )
    missing, unused = build.slug_problems({"has-text", "is-used", "is-unused"}, tmp_path)
    assert missing.startswith("checks.py:1 reports `no-text`")
    assert "add a section `## no-text`" in missing
    assert unused.startswith("no code reports `is-unused`: remove")
