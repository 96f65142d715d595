"""Which document of a file a command means."""

from __future__ import annotations

import pytest

from worldtree.app.documents.cluster_choice import choose_document, repeated_names
from worldtree.core.errors import InputError
from worldtree.spec.load import load_text

TWO = """\
metadata: {name: shop}
---
metadata: {name: other}
---
metadata:
  name: shop
"""


def test_a_name_that_two_documents_have_is_an_error_at_the_second_that_names_the_first() -> None:
    (found,) = repeated_names(load_text(TWO, "two.yaml"))
    assert found.slug == "duplicate-cluster"
    assert str(found.mark) == "two.yaml:6:9"
    assert "two.yaml:1:18" in found.summary


@pytest.mark.parametrize("cluster", ["shop", None])
def test_no_command_works_with_the_first_of_two_clusters_of_one_name(cluster: str | None) -> None:
    with pytest.raises(InputError) as raised:
        choose_document(load_text(TWO), cluster)
    assert [one.slug for one in raised.value.diagnostics] == ["duplicate-cluster"]


def test_another_cluster_of_the_file_is_not_affected() -> None:
    assert choose_document(load_text(TWO), "other").index == 1


def test_documents_without_a_name_are_not_the_same_cluster() -> None:
    assert repeated_names(load_text("kind: Cluster\n---\nkind: Cluster\n")) == []
