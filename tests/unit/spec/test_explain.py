"""Explanations of places in a document."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field

from worldtree.core.errors import InputError
from worldtree.spec.explain import explain, render
from worldtree.spec.model_fields import walk_fields


class _Params(BaseModel):
    """Settings of something."""

    data_dir: str = Field("/var", description="Where it is.", examples=["/srv"])


MODELS = {"etcd": _Params}


def test_a_field_is_explained_with_type_default_and_example() -> None:
    """The text is what the command prints."""
    found = explain("spec.hosts.connection")
    assert (found.type, found.default, found.required) == ("`ssh` or `local`", "ssh", False)
    assert render(explain("spec.policy.timeout")) == (
        "spec.policy.timeout  (duration)\n\n"
        "  Time limit of one attempt.\n\n"
        "  example:\n    timeout: 5m\n"
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "mapping"),
        ("spec.hosts", "list of mappings"),
        ("spec.hosts[0].roles", "list of strings"),
        ("spec.hosts.0.port", "integer"),
        ("spec.ssh.timeout", "duration"),
        ("spec.policy.allowedFailures", "integer or percentage"),
        ("spec.modules.tasks.hosts", "string or list of strings"),
        ("spec.modules.tasks.steps.noLog", "boolean or string"),
        ("spec.modules.tasks.steps.always", "boolean"),
        ("spec.groups.prod.members", "list of strings"),
        ("spec.components.etcd.data_dir", "string"),
        ("spec.modules.tasks.steps.etcd.data_dir", "string"),
        ("apiVersion", "`worldtree.io/v1alpha1`"),
    ],
)
def test_types_are_summarised(path: str, words: str) -> None:
    """List items, components and kinds are resolved; list indexes are ignored."""
    assert explain(path, components=MODELS, kinds=MODELS).type == words


def test_children_are_the_keys_of_a_place() -> None:
    """Required ones are marked; components and kinds are listed."""
    children = {c.key: c for c in explain("spec.hosts").children}
    assert children["name"].required
    assert not children["address"].required
    assert "kind" not in {c.key for c in explain("spec.modules.tasks.steps").children}
    listed = {c.key: c.meaning for c in explain("spec.components", components=MODELS).children}
    assert listed == {"etcd": "Settings of something."}
    assert "etcd" in {c.key for c in explain("spec.hooks.before.step", kinds=MODELS).children}


def test_summaries_of_components_and_kinds_are_shown() -> None:
    """In the list, and as the meaning of the place itself."""
    summaries = {"etcd": "A store of keys."}
    for path, more in (
        ("spec.components", {"components": MODELS, "component_summaries": summaries}),
        ("spec.hooks.before.step", {"kinds": MODELS, "kind_summaries": summaries}),
    ):
        assert {c.key: c.meaning for c in explain(path, **more).children}["etcd"] == summaries[
            "etcd"
        ]
        assert explain(f"{path}.etcd", **more).meaning == summaries["etcd"]


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("spec.host", "did you mean `spec.hosts`?"),
        ("sepc", "did you mean `spec`?"),
        ("spec.components.etdc", "did you mean `spec.components.etcd`?"),
        ("spec.hosts.name.x", "explain `spec.hosts.name` instead"),
    ],
)
def test_an_unknown_path_names_the_nearest(path: str, hint: str) -> None:
    """As with keys of a document."""
    with pytest.raises(InputError) as error:
        explain(path, components=MODELS if "etdc" in path else None)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.slug == "unknown-path"
    assert diagnostic.hint == hint


def test_every_place_of_a_document_can_be_explained() -> None:
    """Every field has a type summary."""
    for path, _, _, _ in walk_fields():
        found = explain(path)
        assert found.meaning
        assert found.type
        assert found.example
        assert render(found).endswith("\n")
