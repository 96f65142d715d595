"""The models of the document describe themselves."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, TypeAdapter

from worldtree.spec.model_fields import field_at, walk_fields
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.host import Host

FIELDS = list(walk_fields())


def test_every_field_has_a_meaning_and_an_example_that_is_valid() -> None:
    """The schema and `wt explain` use them."""
    for path, _, _, field in FIELDS:
        assert field.description, path
        assert field.description.endswith("."), path
        assert field.examples, path
        adapter: TypeAdapter[object] = TypeAdapter(
            Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        )
        for example in field.examples:
            adapter.validate_python(example)


def test_keys_are_camel_case() -> None:
    """As in Kubernetes."""
    for path, _, key, _ in FIELDS:
        assert key[0].islower(), path
        assert "_" not in key, path


def test_models_are_frozen_and_closed() -> None:
    """A model cannot change, and an unknown key is an error."""
    models: set[type[BaseModel]] = {ClusterDocument, *(model for _, model, _, _ in FIELDS)}
    for model in models:
        assert model.model_config.get("frozen") is True
        assert model.model_config.get("extra") == "forbid"


def test_a_path_leads_to_its_field() -> None:
    """Through lists and mappings."""
    place = field_at(("spec", "hosts", 3, "roles"))
    assert place is not None
    assert place.field is Host.model_fields["roles"]
    group = field_at(("spec", "groups", "anything", "members"))
    assert group is not None
    assert field_at(("spec", "nothing")) is None
    assert field_at(("spec", "vars", "x", "y")) is None


@pytest.mark.parametrize("key", ["kind", "params"])
def test_internal_fields_of_a_step_are_not_keys(key: str) -> None:
    """In a document the kind is the key itself."""
    assert field_at(("spec", "modules", 0, "tasks", 0, "steps", 0, key)) is None
