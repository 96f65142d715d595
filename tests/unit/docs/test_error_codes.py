"""core/error_codes.py registers every code that an error is raised with, and no other.

`docs/build.py --check` says so of the whole package, in each `make check`; here is what it finds.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from types import ModuleType

import pytest

from unit.docs.scripts import load_script
from worldtree.core.error_code import ErrorCode
from worldtree.core.error_codes import ERROR_CODES
from worldtree.core.errors import ExitCode

_CONFLICT = ErrorCode("A meaning.", ExitCode.REFUSED, HTTPStatus.CONFLICT)
_CODE = """
class WorldTreeError(Exception): ...
class RefusedError(WorldTreeError):
    exit_code = ExitCode.REFUSED
class HeldError(RefusedError):
    def __init__(self, held):
        super().__init__("held", code="is-held")
        other(code="no-error")
raise RefusedError("message", code="is-chosen" if x else "is-other")
raise WorldTreeError("message", code="is-failed")
"""


@pytest.fixture(scope="module")
def build() -> ModuleType:
    return load_script("build")


def problems(build: ModuleType, package: Path, registered: dict[str, ErrorCode]) -> list[str]:
    (package / "errors.py").write_text(_CODE)
    found: list[str] = build.code_problems(registered, ["a-slug"], package)
    return found


def test_every_code_and_choice_of_codes_is_found(build: ModuleType, tmp_path: Path) -> None:
    """Those of subclasses' own calls of the base, too; not the arguments of other calls."""
    assert [line.split(",")[0] for line in problems(build, tmp_path, {})] == [
        "errors.py:9 raises `is-chosen`",
        "errors.py:9 raises `is-other`",
        "errors.py:10 raises `is-failed`",
        "errors.py:7 raises `is-held`",
    ]


def test_a_problem_says_where_and_what_to_do(build: ModuleType, tmp_path: Path) -> None:
    names = ("is-chosen", "is-other", "is-failed", "is-held", "is-unused", "a-slug")
    exit_code, unused_slug, unused, slug = problems(
        build, tmp_path, dict.fromkeys(names, _CONFLICT)
    )
    assert exit_code.startswith("errors.py:10 raises `is-failed` with exit code 1;")
    assert "says 4: choose another code or class, or correct it" in exit_code
    assert unused_slug.startswith("no error is raised with `a-slug`: remove it")
    assert unused.startswith("no error is raised with `is-unused`: remove it")
    assert slug.startswith("`a-slug` of core/error_codes.py is a slug of a diagnostic, too")


def test_the_registry_is_sorted_and_has_a_sentence_per_code() -> None:
    assert list(ERROR_CODES) == sorted(ERROR_CODES)
    for code, found in ERROR_CODES.items():
        assert found.meaning.endswith("."), code
        assert found.http_status >= HTTPStatus.BAD_REQUEST, code
