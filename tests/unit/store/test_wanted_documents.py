"""The document that a service was given last for a cluster."""

from __future__ import annotations

import pytest

from worldtree.core.errors import RefusedError
from worldtree.store.store import Store


def test_the_wanted_document_is_the_one_put_last(any_store: Store) -> None:
    assert any_store.wanted_document("shop") is None
    first = any_store.put_document("shop", "a: 1", None)
    second = any_store.put_document("shop", "a: 2", first.digest)
    again = any_store.put_document("shop", "a: 1", second.digest)
    assert (first.version, second.version, again) == (1, 2, first)
    assert any_store.wanted_document("shop") == first
    assert [one.version for one in any_store.documents("shop")] == [2, 1]


def test_a_change_of_another_version_is_refused(any_store: Store) -> None:
    first = any_store.put_document("shop", "a: 1", None)
    any_store.put_document("shop", "a: 2", first.digest)
    for before in (None, first.digest):
        with pytest.raises(RefusedError) as caught:
            any_store.put_document("shop", "a: 3", before)
        assert caught.value.code == "document-changed"
    found = any_store.wanted_document("shop")
    assert found is not None
    assert found.body == "a: 2"


def test_projects_have_documents_of_their_own(any_store: Store) -> None:
    team = any_store.of_project(any_store.create_project("team").id)
    any_store.put_document("shop", "a: 1", None)
    assert team.wanted_document("shop") is None
    team.put_document("shop", "a: 1", None)
    assert len(team.documents("shop")) == 1
