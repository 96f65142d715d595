"""No diagnostic shows a secret that stands in a document, wherever on the line its own place is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.core.errors import DiagnosticBag, InputError, Mark
from worldtree.spec.analysis import validate_checked
from worldtree.spec.diagnostics_text import as_dict, render_all
from worldtree.spec.load import load_bytes
from worldtree.spec.secret_masking import MASK, mask_secrets
from worldtree.spec.source_text import SourceText

_HEAD = "apiVersion: worldtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: shop}\nspec:\n"
SECRET = "hunter2"


def said(text: str) -> str:
    """Return everything that is printed about a document, as text and as data."""
    bag = DiagnosticBag()
    try:
        for document in load_bytes(text.encode(), "c.yaml"):
            validate_checked(document, bag, components=("pki",))
    except InputError as error:
        bag.extend(error.diagnostics)
    assert bag.items
    sources = {"c.yaml": SourceText("c.yaml", text)}
    data = json.dumps([as_dict(found) for found in bag.items])
    return render_all(bag.items, sources) + data


@pytest.mark.parametrize(
    "spec",
    [
        "  ssh: {password: hunter2}",
        "  ssh: {password: 'hunter2', usr: root}",
        '  ssh: {usr: root, password: "hunter2", port: x}',
        "  ssh: {password: 'hunter2${env:X}'}",
        "  ssh: {password: 'hunter2${vault:X}'}",
        "  ssh: {password: 'it''s hunter2'}",
        "  ssh:\n    password: a b, hunter2",
        "  ssh:\n    privateKey: |\n      -----BEGIN hunter2\n      hunter2",
        "  ssh: {becomePassword: {a: [x]}, password: hunter2}",
        "  secrets: {vault: {secretId: hunter2, roleId: hunter2, token: hunter2, no: x}}",
        # Not even YAML: nobody knows what the line is.
        "  ssh:\n    password: hunter2: x",
        "  ssh: {password: hunter2: x, user: }root",
        '  ssh:\n    - password: "hunter2',
        "  ssh:\n    password: hunter2 # ours\n    user: @root",
    ],
)
def test_no_value_is_shown(spec: str) -> None:
    """Whatever else is wrong beside it, and however it is written."""
    found = said(f"{_HEAD}{spec}\n")
    assert SECRET not in found
    assert "c.yaml:" in found


def test_a_password_that_is_a_number_is_not_repeated() -> None:
    found = said(f"{_HEAD}  ssh: {{password: 4711471, becomePassword: true}}\n")
    assert "4711471" not in found
    assert found.count("[secret-in-clear]") == 2
    assert "ssh: {password: ***, becomePassword: ***}" in found


def test_what_is_no_secret_stays_in_view() -> None:
    """References, templates, other keys; the underline stands where it should."""
    line = "  ssh: {usr: root, privateKeyFile: ~/.ssh/id, password: '${env:A}', tokens: 7}"
    assert mask_secrets(line, Mark("f", 1, 10, 1, 13), ()) == (line, Mark("f", 1, 10, 1, 13))
    line = "  a: {password: hunter2, usr: root}"
    text, mark = mask_secrets(line, Mark("f", 1, 26, 1, 29), ())
    assert text == "  a: {password: ***, usr: root}"
    assert text[mark.column - 1 : (mark.end_column or 0) - 1] == "usr"


@given(
    st.text("ab: {},'\"#[]$", max_size=30),
    st.integers(1, 40),
    st.integers(0, 20),
    st.integers(1, 40),
    st.integers(0, 20),
)
def test_what_lies_at_a_secret_is_gone_and_the_rest_stays(
    line: str, column: int, length: int, at: int, more: int
) -> None:
    """Whatever the line: the mark stays in order, and text beside the secret as it is."""
    secret = Mark("f", 3, at, 3, at + more)
    text, mark = mask_secrets(line, Mark("f", 3, column, 3, column + length), [secret])
    assert mark.column <= (mark.end_column or 0)
    assert text.startswith(line[: at - 1].partition(":")[0])
    if line[at - 1 : at - 1 + more]:
        assert MASK in text
    elsewhere, _ = mask_secrets(line, mark, [Mark("g", 3, at, 3, at + more)])
    assert elsewhere == mask_secrets(line, mark, ())[0]
