"""The JSON Schema and the validator say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from unit.spec.documents import FULL, document
from worldtree.core.errors import InputError
from worldtree.spec.load import load_bytes, load_text
from worldtree.spec.schema import document_schema, model_schema
from worldtree.spec.starter_files import STARTERS, starter_files
from worldtree.spec.validate import validate
from worldtree.spec.yaml_tags import Vault

ROOT = Path(__file__).parents[3]
VALIDATOR = Draft202012Validator(document_schema())

#: Structure that a schema can express; ranges, selectors and references to other places it cannot.
_STRUCTURAL = {
    "bad-address",
    "bad-duration",
    "bad-name",
    "bad-variable-name",
    "missing-key",
    "need-target",
    "not-a-document",
    "reserved-variable",
    "template-in-name",
    "unknown-key",
    "wrong-type",
    "wrong-value",
}


def _plain(value: object) -> object:
    """Return data as an editor sees it: tagged strings are strings."""
    return str(value) if isinstance(value, Vault) else value


class _Config(BaseModel):
    """Settings of a made-up component."""

    size: int = Field(description="How much.")


def test_it_is_a_schema() -> None:
    """Draft 2020-12."""
    Draft202012Validator.check_schema(document_schema())
    Draft202012Validator.check_schema(
        document_schema({"thing": model_schema(_Config)}, {"do": model_schema(_Config)})
    )


def test_right_documents_fit() -> None:
    """The full one, the starters and the examples."""
    texts = [FULL, *(starter_files(name, Path("/x"))["cluster.yaml"] for name in STARTERS)]
    texts += [p.read_text("utf-8") for p in (ROOT / "inventory-examples").glob("*/cluster.yaml")]
    for text in texts:
        for loaded in load_text(text):
            assert [error.message for error in VALIDATOR.iter_errors(loaded.data)] == []


@pytest.mark.parametrize(
    "case", sorted((ROOT / "tests" / "bad_input").glob("*.yaml")), ids=lambda path: path.stem
)
def test_schema_and_validator_agree_on_wrong_documents(case: Path) -> None:
    """What the validator calls wrong structure does not fit, and what it lets pass does."""
    try:
        loaded = load_bytes(case.read_bytes(), case.name)
    except InputError:
        return
    for one in loaded:
        slugs = {d.slug for d in validate(one).diagnostics}
        fits = VALIDATOR.is_valid(one.data)
        if slugs & _STRUCTURAL:
            assert not fits
        elif not slugs and case.stem not in ("no-hosts", "hosts-and-inventory"):
            assert fits, [error.message for error in VALIDATOR.iter_errors(one.data)]


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ("  hosts: [{name: a}]\n  components: {thing: {size: 1}}\n", True),
        ("  hosts: [{name: a}]\n  components: {thing: }\n", True),
        ("  hosts: [{name: a}]\n  components: {thing: {size: x}}\n", False),
        ("  hosts: [{name: a}]\n  components: {other: {}}\n", False),
        ("  hosts: []\n", False),
        ("  inventory: ./i\n", True),
        ("  inventory: ./i\n  hosts: [{name: a}]\n", False),
    ],
)
def test_components_and_the_source_of_hosts(body: str, fits: bool) -> None:
    """Known components are typed; hosts or an inventory, one of them."""
    validator = Draft202012Validator(document_schema({"thing": model_schema(_Config)}))
    assert validator.is_valid(load_text(document(body))[0].data) is fits


@pytest.mark.parametrize(
    ("step", "fits"),
    [
        ("{do: {size: 1}}", True),
        ("{do: short}", True),
        ("{do: {size: x}}", False),
        ("{do: {size: 1}, name: it, when: true}", True),
        ("{do: {size: 1}, role: x}", False),
        ("{do: {size: 1}, entry: x}", False),
        ("{role: x, entry: y}", True),
        ("{other: {}}", False),
        ("{name: it}", False),
        ("{roles: [x, {role: y, vars: {z: 1}}], strategy: free}", True),
        ("{tasks: [{debug: {msg: hi}}], varsFiles: [a.yml, [b.yml, c.yml]]}", True),
        ("{tasks: tasks/site.yml, anyErrorsFatal: '{{ strict }}', become: true}", True),
        ("{roles: [x], role: y}", False),
        ("{roles: [x], do: {size: 1}}", False),
        ("{roles: [x], entry: y}", False),
        ("{role: x, strategy: free}", False),
        ("{do: {size: 1}, handlers: [{name: x, debug: {}}]}", False),
        ("{strategy: free}", False),
    ],
)
def test_a_step_has_exactly_one_kind(step: str, fits: bool) -> None:
    """Known kinds are typed; a bare value is short for a parameter."""
    validator = Draft202012Validator(document_schema(kinds={"do": model_schema(_Config)}))
    body = (
        f"  hosts: [{{name: a}}]\n  modules: [{{name: m, tasks: [{{name: t, steps: [{step}]}}]}}]\n"
    )
    data = load_text(document(body))[0].data
    assert validator.is_valid(data) is fits
    if step != "{other: {}}" and "size: x" not in step:
        assert (not validate(load_text(document(body))[0]).diagnostics) is fits
