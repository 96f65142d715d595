"""Files beside a document: which are read, and what is found in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.app.documents.document_policy import DocumentPolicy, check_document, check_policy
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.core.errors import Diagnostic
from worldtree.spec.load import load_file

_DOCUMENT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  hosts: [{name: web1, address: 10.0.0.1}]
  varsFiles: [vars/site.yml]
  modules:
    - name: shop
      tasks:
        - name: app
          steps:
            - render: {src: app.conf.j2, dest: /etc/app.conf}
            - copy: {src: motd, dest: /etc/motd}
"""
_FILES = {
    "cluster.yaml": _DOCUMENT,
    "vars/site.yml": 'port: 80\nname: "{{ inventory_hostname }}"\n',
    "templates/app.conf.j2": "port {{ port }}\n",
    "files/motd": "{{ lookup('pipe', 'id') }} is not a template here\n",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory with a document and its files."""
    for name, text in _FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _found(place: Path, policy: DocumentPolicy | None = None) -> list[Diagnostic]:
    policy = policy or DocumentPolicy()
    (document,) = load_file(place / "cluster.yaml")
    if first := check_document(document, policy):
        return first
    return check_policy(compile_plan(plan_document(document)), policy)


def test_files_of_the_document_are_allowed(place: Path) -> None:
    """Templates, variables and files beside a document need no permission."""
    assert _found(place) == []


@pytest.mark.parametrize(
    ("name", "text", "slug"),
    [
        ("templates/app.conf.j2", "{{ lookup('pipe', 'id') }}", "policy-template-code"),
        ("templates/app.conf.j2", "#jinja2: variable_start_string:'[['\n", "policy-template-code"),
        ("vars/site.yml", "a: \"{{ lookup('pipe', 'id') }}\"", "policy-template-code"),
        ("vars/site.yml", "ansible_connection: local", "policy-connection-variable"),
        ("vars/site.yml", "a: &a [1]\nb: *a", "policy-not-judged"),
        ("vars/site.yml", "a: !vault x", "policy-secret"),
        ("vars/site.yml", "a: ${env:HOME}", "policy-secret"),
        ("group_vars/all.yml", "ansible_connection: local", "policy-connection-variable"),
        ("host_vars/web1", "a: \"{{ q('env', 'HOME') }}\"", "policy-template-code"),
        ("files/motd", "$ANSIBLE_VAULT;1.1;AES256\n3030\n", "policy-secret"),
        ("ansible.cfg", "[defaults]\nforks = 3\n", "policy-ansible-settings"),
        ("library/evil.py", "x", "policy-own-content"),
        ("filter_plugins/evil.py", "x", "policy-own-content"),
        ("action_plugins/evil.py", "x", "policy-own-content"),
        ("roles/evil/tasks/main.yml", "[]", "policy-own-content"),
        ("tasks/evil.yml", "[]", "policy-own-content"),
    ],
)
def test_what_a_file_must_not_have(place: Path, name: str, text: str, slug: str) -> None:
    """Files are judged like the document itself."""
    (place / name).parent.mkdir(exist_ok=True, parents=True)
    (place / name).write_text(text, encoding="utf-8")
    assert {one.slug for one in _found(place)} == {slug}


def test_a_file_that_is_no_text_is_refused_where_it_would_be_rendered(place: Path) -> None:
    """What cannot be read cannot be judged."""
    (place / "templates/app.conf.j2").write_bytes(b"\xff\xfe")
    assert {one.slug for one in _found(place)} == {"policy-not-judged"}


@pytest.mark.parametrize("name", ["files/motd", "templates/app.conf.j2", "vars/site.yml"])
def test_a_link_that_leads_out_is_refused(place: Path, name: str) -> None:
    """A link is no way to a file of the machine."""
    (place / name).unlink()
    (place / name).symlink_to("/etc/passwd")
    assert {one.slug for one in _found(place)} == {"policy-local-file"}


def test_a_linked_directory_that_leads_out_is_refused(place: Path) -> None:
    """Nor is the link of a directory."""
    (place / "certs").symlink_to("/etc")
    assert {one.slug for one in _found(place)} == {"policy-local-file"}
