"""Documents and patches that anybody may send: an error of the input, or a document."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.app.documents.document_text import patch_document, read_document
from worldtree.core.errors import InputError, RefusedError

TEXT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata:
  name: shop
spec:
  hosts:
    - {name: h1, address: 10.0.0.1}
  modules:
    - name: app
      tasks:
        - name: hello
          steps:
            - command: {argv: ["true"]}
"""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
#: Keys of documents, so that patches meet them.
KEYS = st.sampled_from(["metadata", "spec", "name", "hosts", "modules", "labels", "vars", "ssh"])
PATCHES = st.recursive(JSON, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=10)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_document_or_an_error(body: bytes, is_json: bool) -> None:
    """Nothing but an error of the input comes of bytes that are no document."""
    with pytest.raises((InputError, RefusedError)):
        read_document(body, is_json=is_json)


@given(JSON)
def test_any_json_is_a_document_or_an_error(data: object) -> None:
    """So it is with any value of JSON."""
    with pytest.raises(InputError):
        read_document(json.dumps(data).encode(), is_json=True)


@given(PATCHES)
def test_a_patched_document_is_one(patch: object) -> None:
    """What a patch makes is a document that can be read again, or an error of the input."""
    with suppress(InputError):
        found = patch_document(TEXT, json.dumps(patch).encode())
        assert read_document(found.text.encode(), is_json=False) == found


def test_a_merge_patch_follows_the_standard() -> None:
    """Null removes, mappings merge, everything else replaces."""
    patch = {
        "metadata": {"labels": {"a": "1", "b": "2"}},
        "spec": {"hosts": [{"name": "h2", "address": "10.0.0.2"}]},
    }
    once = patch_document(TEXT, json.dumps(patch).encode())
    again = patch_document(once.text, b'{"metadata": {"labels": {"a": null, "c": "3"}}}')
    assert "a:" not in again.text.partition("spec:")[0].partition("labels:")[2]
    assert all(word in again.text for word in ('b: "2"', 'c: "3"', "h2"))
    assert "h1" not in again.text
