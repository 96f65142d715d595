"""Documents that try to reach the machine of the service, and what is said of each line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from worldtree.app.documents.document_policy import DocumentPolicy, check_document, check_policy
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.spec.load import load_text

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
_EXPECTED = re.compile(r"# <- ([a-z-]+)$")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_each_line_that_is_marked_is_refused_and_no_other(case: Path) -> None:
    """A violation is reported at its line, by its slug."""
    text = case.read_text(encoding="utf-8")
    wanted = {
        (number, found[1])
        for number, line in enumerate(text.splitlines(), 1)
        if (found := _EXPECTED.search(line))
    }
    (document,) = load_text(text, case.name)
    problems = check_document(document, DocumentPolicy())
    assert {(one.mark.line, one.slug) for one in problems if one.mark} == wanted
    assert all(one.is_error and one.detail and one.hint for one in problems)


def test_a_document_that_only_works_on_hosts_passes_both_nets() -> None:
    """Components, built-in steps and plain Ansible tasks need no permission."""
    (document,) = load_text((Path(__file__).parent / "cases/allowed.yaml").read_text("utf-8"))
    compiled = compile_plan(plan_document(document))
    assert check_policy(compiled, DocumentPolicy()) == []
    assert check_policy(compiled.planned, DocumentPolicy()) == []
