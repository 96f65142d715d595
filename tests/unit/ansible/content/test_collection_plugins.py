"""Of a collection a bundle has the plugins that it can use, and what these need."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.collection_plugins import used_files
from worldtree.ansible.content.collections import find_collection
from worldtree.ansible.content.file_digests import content_files

_UTILS = "ansible_collections.acme.net.plugins.module_utils"
_FILES = {
    "README.md": "All of open, shut and peep.",
    "meta/runtime.yml": "plugin_routing: {modules: {old: {redirect: acme.net.open}}}",
    "plugins/modules/open.py": f"""
        DOCUMENTATION = '''
        seealso: [{{module: acme.net.shut}}]
        extends_documentation_fragment:
          - acme.net.common
        '''
        from {_UTILS}.deep.locks import Lock
        """,
    "plugins/action/open.py": "name = 'acme.net.peep'",
    "plugins/modules/peep.py": "",
    "plugins/modules/shut.py": f"from {_UTILS} import unused",
    "plugins/modules/_gone.py": "",
    "plugins/modules/pacman.py": "",
    "plugins/action/loads.py": "import_module(f'ansible_collections.{name}.plugins')",
    "plugins/lookup/parse.py": "import_module(f'parsers.{name}')",
    "plugins/doc_fragments/common.py": "",
    "plugins/doc_fragments/rare.py": "",
    "plugins/module_utils/__init__.py": "",
    "plugins/module_utils/deep/__init__.py": "from .base import Base",
    "plugins/module_utils/deep/base.py": "",
    "plugins/module_utils/deep/locks.py": "",
    "plugins/module_utils/unused.py": "",
    "plugins/module_utils/table.json": "{}",
    "plugins/filter/many.py": "from ..plugin_utils.shared import x",
    "plugins/plugin_utils/shared.py": "",
    "plugins/lookup/read.py": "",
    "plugins/action/borrow.py": """
        from ansible.plugins.connection import unused
        import locks
        kind = 'common'
        """,
}
#: What is always there: no plugins, filters and what these import.
_ALWAYS = {
    "README.md",
    "meta/runtime.yml",
    "module_utils/table.json",
    "filter/many.py",
    "plugin_utils/shared.py",
}
_OPEN = {
    *("modules/open.py", "action/open.py", "modules/peep.py", "doc_fragments/common.py"),
    *("module_utils/deep/locks.py", "module_utils/deep/base.py"),
    *("module_utils/__init__.py", "module_utils/deep/__init__.py"),
}


def _used(root: Path, *texts: str, programs: tuple[str, ...] = ()) -> set[str]:
    """Return what is used beyond ``_ALWAYS``, paths without ``plugins/``."""
    write_tree(root / "ansible_collections/acme/net", _FILES)
    info = find_collection("acme.net", [root])
    assert info is not None
    found = used_files({info: content_files(info.path)}, texts, programs)[info]
    names = {file.relative.removeprefix("plugins/") for file in found}
    assert names >= _ALWAYS
    return names - _ALWAYS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- acme.net.open: {}", _OPEN),
        ("- open: {}", _OPEN),
        ("- old: {}", _OPEN),
        ("- acme.net.gone: {}", {"modules/_gone.py"}),
        ("x: \"{{ lookup('acme.net.read', 1) }}\"", {"lookup/read.py"}),
        ("with_read: [1]", {"lookup/read.py"}),
        ("with_parse: [1]", {"lookup/parse.py"}),
        ("- package: {name: x}", {"modules/pacman.py"}),
        ("- debug: {msg: opened}", set()),
        # Words of plays are no imports, and another library's names not those of a collection.
        ("- debug: {msg: unused deep locks common}", set()),
        ("- borrow: {}", {"action/borrow.py"}),
    ],
)
def test_what_a_text_names_is_used_with_what_it_needs(
    tmp_path: Path, text: str, expected: set[str]
) -> None:
    assert _used(tmp_path, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "- action: '{{ which }}'",
        '- local_action:\n    module: "{{ which }}"',
        'msg: "{{ lookup(which, 1) }}"',
        "which: 'acme.net.{{ which }}'",
        "msg: \"{{ lookup('acme.net.' ~ which) }}\"",
        "- acme.net.loads:",
    ],
)
def test_a_name_that_is_made_while_a_play_runs_needs_the_whole_collection(
    tmp_path: Path, text: str
) -> None:
    names = {one.removeprefix("plugins/") for one in _FILES}
    assert _used(tmp_path, text) == names - _ALWAYS


def test_a_name_of_ansible_core_is_followed_to_a_plugin_of_another_name(tmp_path: Path) -> None:
    """As ansible-core still knows `openssl_certificate`, which has another name by now."""
    modules = {"plugins/modules/x509_certificate.py": "", "plugins/modules/luks_device.py": ""}
    write_tree(tmp_path / "ansible_collections/community/crypto", modules)
    info = find_collection("community.crypto", [tmp_path])
    assert info is not None
    files = content_files(info.path)
    found = used_files({info: files}, ["- openssl_certificate: {path: x}"])[info]
    assert [file.relative for file in found] == ["plugins/modules/x509_certificate.py"]


def test_programs_name_plugins_and_call_functions(tmp_path: Path) -> None:
    program = "self.execute(module_name='acme.net.open')\nrows = query(table)"
    assert _used(tmp_path, programs=(program,)) == _OPEN


def test_programs_import_parts_of_collections(tmp_path: Path) -> None:
    program = f"from {_UTILS}.unused import thing"
    expected = {"module_utils/__init__.py", "module_utils/unused.py"}
    assert _used(tmp_path, programs=(program,)) == expected
    assert _used(tmp_path, "#!/usr/bin/python3\n" + program) == expected
    assert _used(tmp_path, programs=("unused = 1",)) == set()
