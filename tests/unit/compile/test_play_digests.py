"""Digests of steps that are whole plays: which variables the document's own texts name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unit.ansible.content.roles.trees import write_tree
from unit.compile.test_peer_digests import digest_of, document

COPY = "ansible.builtin.copy"
ROLE_TASKS = "- ansible.builtin.copy: {content: x, dest: /x, mode: '0644'}\n"


def _copy(content: str) -> dict[str, Any]:
    return {COPY: {"content": content, "dest": "/x", "mode": "0644"}}


@pytest.mark.parametrize(
    ("step", "counts"),
    [
        ({"roles": ["r"]}, False),
        ({"roles": [{"role": "r", "vars": {"other": 1}}]}, False),
        ({"tasks": [{**_copy("x"), "vars": {"other": 1}}]}, False),
        ({"tasks": [_copy('{{ lookup("vars", "ow" ~ "n") }}')]}, True),
        ({"tasks": [_copy("{{ lookup('vars', 'ow' ~ 'n') }}")]}, True),
        ({"tasks": [_copy("{{\nown\n}}")]}, True),
    ],
    ids=["role", "role with variables", "task with variables", "computed", "computed 2", "line"],
)
def test_a_variable_counts_for_a_play_that_may_read_it(
    tmp_path: Path, step: dict[str, Any], counts: bool
) -> None:
    """The key `vars` of a role or task computes no name; quotes and line ends hide none."""
    write_tree(tmp_path, {"roles/r/tasks/main.yml": ROLE_TASKS})
    before = digest_of(tmp_path, document(step, own=1))
    after = digest_of(tmp_path, document(step, own=2))
    assert (before != after) is counts
