"""What a policy allows is not reported; everything else still is."""

from __future__ import annotations

import pytest

from worldtree.app.documents.document_policy import DocumentPolicy, check_document
from worldtree.app.documents.policy.secrets import allows_reference
from worldtree.spec.load import load_text
from worldtree.spec.secret_references import SecretRef

_HEAD = "apiVersion: worldtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: shop}\nspec:\n"
_STEP = "  modules: [{name: m, tasks: [{name: t, steps: [STEP]}]}]\n"


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (DocumentPolicy(local_work=True), _STEP.replace("STEP", "{local: {argv: [id]}}")),
        (DocumentPolicy(local_work=True), "  hosts: [{name: a, connection: local}]\n"),
        (DocumentPolicy(local_work=True), "  hosts: [{name: localhost}]\n"),
        (DocumentPolicy(local_files=True), "  varsFiles: [/etc/x.yml]\n"),
        (DocumentPolicy(local_files=True), "  ssh: {privateKeyFile: ~/.ssh/id}\n"),
        (DocumentPolicy(own_content=True), "  rolesPath: [roles]\n"),
        (DocumentPolicy(own_content=True), _STEP.replace("STEP", "{role: shop}")),
        (DocumentPolicy(own_content=True), _STEP.replace("STEP", "{tasks: tasks/x.yml}")),
        (DocumentPolicy(inventories=True), "  inventory: hosts.ini\n"),
        (DocumentPolicy(ansible_config=True), "  ansible: {config: ansible.cfg}\n"),
        (DocumentPolicy(connection_variables=True), "  vars: {ansible_ssh_executable: x}\n"),
        (DocumentPolicy(secret_settings=True), "  secrets: {vault: {mount: kv}}\n"),
        (
            DocumentPolicy(environment=frozenset({"CI"})),
            "  ansible: {environment: [CI]}\n",
        ),
        (DocumentPolicy(lookups=frozenset({"dict"})), "  vars: {a: \"{{ q('dict', {}) }}\"}\n"),
        (
            DocumentPolicy(lookups=frozenset({"ansible.builtin.dict"})),
            "  vars: {a: \"{{ q('dict', {}) }}\"}\n",
        ),
        (DocumentPolicy(filters=frozenset({"a.b.c"})), '  vars: {a: "{{ x | a.b.c }}"}\n'),
        (
            DocumentPolicy(actions=frozenset({"a.b.c"})),
            _STEP.replace("STEP", "{tasks: [{a.b.c: {}}]}"),
        ),
        (DocumentPolicy(step_kinds=frozenset({"dns"})), _STEP.replace("STEP", "{dns: {}}")),
        (DocumentPolicy(secrets={"env": ("SHOP_KEY",)}), "  vars: {a: '${env:SHOP_KEY}'}\n"),
    ],
)
def test_a_permission_is_needed_and_is_enough(policy: DocumentPolicy, text: str) -> None:
    """Each permission allows its own."""
    (document,) = load_text(_HEAD + text)
    assert check_document(document, DocumentPolicy())
    assert check_document(document, policy) == []


@pytest.mark.parametrize(
    ("prefixes", "rest", "allowed"),
    [
        (("kv/shop/",), "kv/shop/db#password", True),
        (("kv/shop/",), "kv/shop", False),
        (("kv/shop/",), "kv/shop/", False),
        (("kv/shop/",), "kv/shopping/db#password", False),
        (("kv/shop/",), "kv/shop/../other#password", False),
        (("kv/shop/",), "kv/shop/./../other#x", False),
        (("kv/shop/",), "kv/shop//other#x", False),
        (("kv/shop/",), "kv/shop/%2e%2e/other#x", False),
        (("kv/shop/",), "kv/shop/x?list=true#x", False),
        (("kv/shop",), "kv/shop#password", True),
        (("kv/shop",), "kv/shop/db#password", False),
        (("kv/shop#",), "kv/shop#password", True),
        (("kv/shop#a",), "kv/shop#a", True),
        (("kv/shop#a",), "kv/shop#ab", False),
        (("*",), "anything/../at all#x", True),
        ((), "kv/shop#x", False),
        (("",), "kv/shop#x", False),
    ],
)
def test_prefixes_of_secrets(prefixes: tuple[str, ...], rest: str, allowed: bool) -> None:
    """A prefix ends at a separator, and a path has one reading."""
    found = allows_reference({"vault": prefixes}, SecretRef("vault", rest))
    assert found is allowed
    assert not allows_reference({"file": prefixes}, SecretRef("vault", rest))
