"""Which files a command sends to a service: those that the bundle of the document is made of."""

from __future__ import annotations

import io
import os
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from unit.artifacts.keys_of_tests import SigningKey
from worldtree.app.content.archive_content import plain_content
from worldtree.app.documents.files_beside import files_beside
from worldtree.core.errors import InputError, RefusedError
from worldtree.core.packed_directories import pack_files

DOCUMENT = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop}
spec:
  rolesPath: [roles, more]
  templatesPath: [pages]
  varsFiles: [settings/all.yml]
  hosts: [{name: h1, address: 10.0.0.1}]
  modules:
    - name: app
      tasks:
        - name: hello
          steps:
            - role: greet
            - render: {src: page.j2, dest: /tmp/page}
            - copy: {src: note, dest: /tmp/note}
"""
FILES = {
    "roles/greet/tasks/main.yml": "- ansible.builtin.copy: {dest: /tmp/x, src: text}\n",
    "roles/greet/files/text": "hello\n",
    "pages/page.j2": "hi\n",
    "settings/all.yml": "a: 1\n",
    "note": "note\n",
    "group_vars/all.yml": "b: 2\n",
    "ansible.cfg": "[defaults]\nremote_user = ops\n",
}
UNUSED = {"roles/other/tasks/main.yml": "[]\n", ".env": "TOKEN=x\n", "id_rsa": "key\n"}
PLAIN = DOCUMENT.partition("  rolesPath")[0] + (
    "  hosts: [{name: h1, address: 10.0.0.1}]\n"
    "  modules: [{name: app, tasks: [{name: hello, steps: [{command: {argv: [note]}}]}]}]\n"
)


def write(directory: Path, files: dict[str, str], text: str = DOCUMENT) -> Path:
    """A document beside files."""
    for name, body in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(body, "utf-8")
    file = directory / "cluster.yaml"
    file.write_text(text, "utf-8")
    return file


def test_files_are_those_that_the_document_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither other roles nor what else lies there; a directory that is searched stays one."""
    file = write(tmp_path, {**FILES, **UNUSED})
    (tmp_path / "more").mkdir()
    found = files_beside(file, None, tmp_path)
    assert found == {
        **{name: tmp_path / name for name in FILES},
        "more/.keep": Path(os.devnull),
    }
    monkeypatch.chdir(tmp_path)
    assert files_beside(Path("cluster.yaml"), "shop", tmp_path) == found
    Path("cluster.yaml").write_text("a: [", "utf-8")
    with pytest.raises(InputError) as wrong:
        files_beside(Path("cluster.yaml"), None, tmp_path)
    assert {one.mark.file for one in wrong.value.diagnostics if one.mark} == {"cluster.yaml"}


def test_the_lock_file_and_the_keys_of_artifacts_are_used(tmp_path: Path) -> None:
    """They say which bytes count; a file itself comes from the cache, and is not sent."""
    key = SigningKey(tmp_path).public
    artifacts = (
        "  artifacts:\n    - name: shop\n      version: '1'\n      sources: [./shop.tgz]\n"
        f"      signature: {{location: ./shop.sig, publicKey: ./{key.name}}}\n"
    )
    files = {"artifacts.lock": "version: 3\nartifacts: []\n", "shop.tgz": "x", "shop.sig": "x"}
    file = write(tmp_path, files, PLAIN + artifacts)
    assert sorted(files_beside(file, None, tmp_path)) == ["artifacts.lock", key.name]
    file.write_text(PLAIN, "utf-8")
    assert files_beside(file, None, tmp_path) == {}


def test_files_that_components_read_are_used(tmp_path: Path) -> None:
    (tmp_path / "addons" / "kust").mkdir(parents=True)
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"
    for name in ("one", "unused", "kust/two"):
        (tmp_path / "addons" / f"{name}.yaml").write_text(text)
    (tmp_path / "addons/kust/kustomization.yaml").write_text("resources: [two.yaml]\n")
    (tmp_path / "cluster.yaml").write_text(
        "apiVersion: worldtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: shop}\nspec:\n"
        "  hosts: [{name: cp1, address: 10.0.0.1, roles: [control-plane]},"
        " {name: here, connection: local, roles: [control]}]\n"
        "  components:\n"
        "    pki: {passphrase: '${env:CA}'}\n"
        "    kubernetes: {version: 1.36.3}\n"
        "    addons: {custom: [{name: one, sources: [{file: addons/one.yaml},"
        " {kustomization: addons/kust}]}]}\n"
    )
    found = files_beside(tmp_path / "cluster.yaml", None, tmp_path)
    assert sorted(found) == [
        "addons/kust/kustomization.yaml",
        "addons/kust/two.yaml",
        "addons/one.yaml",
    ]


def test_a_service_makes_the_same_tar_of_them(tmp_path: Path) -> None:
    """By its digest a command knows whether the service has the files."""
    (tmp_path / "a").write_text("1", "utf-8")
    (tmp_path / "program").write_text("2", "utf-8")
    (tmp_path / "program").chmod(0o700)
    names = ("a/b", "a.b", "a/c/d", "A", "z é")
    files = {name: tmp_path / ("program" if name == "A" else "a") for name in names}
    packed = pack_files({**files, "empty": Path(os.devnull)})
    made = plain_content(io.BytesIO(packed), tmp_path / "scratch")
    assert sha256(made).digest() == sha256(packed).digest()


def test_a_document_that_uses_nothing_is_not_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most documents are one text, and it takes seconds to compile one."""
    monkeypatch.setattr("worldtree.app.documents.files_beside.plan_document", None)
    assert (
        files_beside(write(tmp_path, {"README.md": "", ".env": "x"}, PLAIN), None, tmp_path) == {}
    )


def test_what_only_has_the_name_of_a_word_is_not_sent(tmp_path: Path) -> None:
    """A file that is called like an argument of a command is no input."""
    assert files_beside(write(tmp_path, {"note": "secret"}, PLAIN), None, tmp_path) == {}


def test_a_wrong_document_is_reported(tmp_path: Path) -> None:
    """As by the same command without a service."""
    text = DOCUMENT.replace("role: greet", "role: great").replace(", more]", "]")
    file = write(tmp_path, FILES, text)
    with pytest.raises(InputError) as problem:
        files_beside(file, None, tmp_path)
    assert [one.slug for one in problem.value.diagnostics] == ["unknown-role"]


def test_files_outside_are_refused_where_the_document_leads_to_them(tmp_path: Path) -> None:
    """The service would not find them."""
    write(tmp_path, FILES)
    (tmp_path / "clusters").mkdir()
    text = DOCUMENT.replace("[roles, more]", "[../roles]").replace("[pages]", "[../pages]")
    text = text.replace("settings/all.yml", "all.yml").replace("src: note", "src: here")
    file = write(tmp_path / "clusters", {"all.yml": "a: 1\n", "here": "x"}, text)
    with pytest.raises(RefusedError, match=r"outside of its directory by `\.\./roles`") as problem:
        files_beside(file, None, tmp_path)
    assert problem.value.code == "content-outside"


def test_files_outside_are_refused_with_nothing_beside_the_document(tmp_path: Path) -> None:
    """No name of a neighbour is in it then."""
    write(tmp_path, {"roles/greet/tasks/main.yml": "- debug:\n"}, PLAIN)
    (tmp_path / "clusters").mkdir()
    text = PLAIN.replace("  hosts:", "  rolesPath: [../roles]\n  hosts:", 1)
    text = text.replace("command: {argv: [note]}", "role: greet")
    file = write(tmp_path / "clusters", {}, text)
    with pytest.raises(RefusedError, match=r"outside of its directory by `\.\./roles`"):
        files_beside(file, None, tmp_path)


def test_what_links_lead_to_outside_is_not_sent(tmp_path: Path) -> None:
    """A service would get a key of this machine under a harmless name."""
    (tmp_path / "id_rsa").write_text("key\n")
    place = tmp_path / "shop"
    file = write(place, FILES)
    (place / "more").mkdir()
    (place / "roles/greet/files/text").unlink()
    (place / "roles/greet/files/text").symlink_to(tmp_path / "id_rsa")
    with pytest.raises(RefusedError, match="lead out of the directory") as caught:
        files_beside(file, None, tmp_path)
    assert caught.value.code == "content-outside"


def test_a_document_below_the_directory_of_python_has_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `/usr/src`: only what is beside no document is a part of the program."""
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    file = write(tmp_path / "shop", FILES)
    (tmp_path / "shop/more").mkdir()
    assert "note" in files_beside(file, None, tmp_path)


def test_a_name_inside_of_a_text_counts(tmp_path: Path) -> None:
    """Templates name files too; nothing else of the document is beside it."""
    source = '"{{ playbook_dir }}/certs/a.pem"'
    text = PLAIN.replace("command: {argv: [note]}", f"copy: {{src: {source}, dest: /x}}")
    assert list(files_beside(write(tmp_path, {"certs/a.pem": "pem\n"}, text), None, tmp_path)) == [
        "certs/a.pem"
    ]
