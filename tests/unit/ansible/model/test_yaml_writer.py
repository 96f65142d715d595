"""The YAML writer gives back what it was given, the way a person would write it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from worldtree.ansible.model.plays import Commented
from worldtree.ansible.model.yaml_writer import WIDTH, dump
from worldtree.spec.yaml_tags import Unsafe, Vault

_TRICKY = ["yes", "no", "null", "~", "", "1", "1.5", "0x1", "1:30", "2020-01-01", "- a", "a: b"]
_TEXTS = (
    st.text()
    | st.text(alphabet="ab :#-\n'\"{}[]%&*!|>@`,?~=\\\t.0123456789eE_+", max_size=40)
    | st.sampled_from([*_TRICKY, "a #b", "---", "...", "<<", "=", "\ufeff", " a", "a ", "a\n\n"])
    | st.text(alphabet='ab \n\\"é', min_size=100, max_size=500)
)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS
_DATA = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=examples(300), deadline=None)
@given(_DATA)
def test_what_is_written_reads_as_what_it_was(value: Any) -> None:
    """For any data, with both of PyYAML's readers."""
    text = dump(value)
    assert yaml.load(text, yaml.CSafeLoader) == value
    assert yaml.load(text, yaml.SafeLoader) == value


def test_a_play_looks_as_if_written_by_hand() -> None:
    data = [
        {
            "name": Commented("a/b/c", "noqa: name[casing]"),
            "hosts": ["h1", "h2"],
            "become": True,
            "vars": {"mode": "0644", "version": "1.10", "empty": {}, "none": [], "no": "no"},
            "tasks": [
                {"name": "Say", "ansible.builtin.debug": {"msg": "{{ a }}"}},
                {"text": "two\nlines\n", "chomped": "two\nlines", "path": "/etc/x"},
            ],
        }
    ]
    assert dump(data, comment="Made.\n\nTwice.") == (
        "---\n# Made.\n#\n# Twice.\n"
        "- name: a/b/c # noqa: name[casing]\n"
        "  hosts:\n    - h1\n    - h2\n"
        "  become: true\n"
        "  vars:\n"
        '    mode: "0644"\n    version: "1.10"\n    empty: {}\n    none: []\n    "no": "no"\n'
        "  tasks:\n"
        '    - name: Say\n      ansible.builtin.debug:\n        msg: "{{ a }}"\n'
        "    - text: |\n        two\n        lines\n"
        "      chomped: |-\n        two\n        lines\n"
        "      path: /etc/x\n"
    )


def test_tags_are_kept() -> None:
    vault = "$ANSIBLE_VAULT;1.1;AES256\n6162\n6364\n"
    assert dump({"a": Unsafe("{{ x }}"), "b": Unsafe("plain"), "c": Vault(vault)}) == (
        '---\na: !unsafe "{{ x }}"\nb: !unsafe "plain"\n'
        "c: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n  6364\n"
    )


@pytest.mark.parametrize("text", ["word " * 200 + "end", "x" * 1000, " " + "a b  " * 100])
def test_long_lines_are_broken(text: str) -> None:
    written = dump({"deep": [{"value": text}]})
    assert max(len(line) for line in written.splitlines()) <= WIDTH + 2
    assert yaml.safe_load(written) == {"deep": [{"value": text}]}


def test_what_is_no_plain_data_is_refused() -> None:
    for value in (object(), {"a": {1, 2}}, {("a",): 1}):
        with pytest.raises(TypeError):
            dump(value)


def test_keys_are_text_as_in_the_json_of_a_plan() -> None:
    assert dump({2: "a", 1.5: "b", True: "c"}) == '---\n"2": a\n"1.5": b\n"true": c\n'
