"""Which plugins of collections a bundle can use, so that it need not contain whole collections.

A plugin is used when its name is a word of the bundle's roles, plays, variables or settings, or
when a used plugin imports it or names it; what only programs can import, when a program names it.
More is kept than is used, never less: filters and tests are kept always, since a file of them may
define any name, and where a name is put together while a play runs, the whole collection.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from worldtree.ansible.content.collection_redirects import redirects
from worldtree.ansible.content.collections import CollectionInfo
from worldtree.ansible.content.file_digests import ContentFile
from worldtree.ansible.content.roles.collection_use import core_file, renamed_plugins

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
#: An action, lookup, filter or test whose name is a variable's value.
_ANY_PLUGIN = re.compile(
    r"^\s*(?:-\s+)?(?:action|local_action|module)\s*:\s*['\"]?\{\{"
    r"|\b(?:lookup|query|q)\(\s*[A-Za-z_]"
    r"|\|\s*(?:map|select|reject)\(\s*[A-Za-z_]\w*\s*[,)]",
    re.MULTILINE,
)
#: What follows the name of a collection where that of a plugin is put together.
_PUT_TOGETHER = r"\.\s*(?:\{|['\"]\s*[~+%|])"
#: Directories of plugins of which any file may define a plugin of any name.
_ALWAYS = frozenset({"filter", "test"})
#: Directories of what no play can name: programs import it, descriptions of plugins extend it.
_FOR_PROGRAMS = frozenset({"module_utils", "plugin_utils", "doc_fragments"})
_CODE = frozenset({".py", ".ps1", ".psm1", ".cs"})
_DOCUMENTATION = frozenset({".yml", ".yaml", ".md", ".rst"})
#: Assigned texts that only describe a plugin.
_DESCRIPTIONS = frozenset({"DOCUMENTATION", "EXAMPLES", "RETURN"})
_IMPORTS = frozenset({"__import__", "import_module"})
#: The package of all collections. A program that imports from one has its name, in a text where
#: it computes the rest.
_PACKAGE = "ansible_collections"
#: Actions that run a module which a fact of the host names, and where Ansible lists these.
_BY_FACT = {"package": "pkg_mgr", "service": "service_mgr"}


def used_files(
    collections: Mapping[CollectionInfo, Sequence[ContentFile]],
    texts: Iterable[str],
    programs: Iterable[str] = (),
) -> dict[CollectionInfo, list[ContentFile]]:
    """Return the files of ``collections`` that are no plugin or that ``texts`` can make a play use.

    ``texts`` are those of everything else in the bundle, but for its ``programs`` in Python.
    """
    search = _Search(collections)
    for text in texts:
        search.read_templates(text)
        search.read_words(text)
    for text in programs:
        search.read_words(text)
    search.follow()
    return {
        info: [file for file in files if search.keeps(info, file)]
        for info, files in collections.items()
    }


class _Search:
    """Follows names from texts to plugins and from plugins to others."""

    def __init__(self, collections: Mapping[CollectionInfo, Sequence[ContentFile]]) -> None:
        self._collections = collections
        #: Words of programs (true), and of all else.
        self._words: dict[bool, set[str]] = {True: set(), False: set()}
        self._whole: set[str] = set()
        self._kept: set[Path] = set()
        #: Directories that something kept is in, or below; known in the end.
        self._packages: set[Path] = set()
        #: Name -> plugins and parts of packages that have it.
        self._by_name: dict[str, list[tuple[CollectionInfo, ContentFile]]] = {}
        self._waiting: deque[tuple[CollectionInfo, ContentFile]] = deque()
        #: Name of a plugin -> text that says where it is now.
        self._redirects: dict[str, list[str]] = {}
        for info, files in collections.items():
            for _kind, name, target in redirects(info.path):
                self._redirects.setdefault(name.rpartition(".")[2], []).append(target)
            for file in files:
                self._add(info, file)

    def _add(self, info: CollectionInfo, file: ContentFile) -> None:
        parts = PurePosixPath(file.relative).parts
        if not _is_plugin(file):
            return
        if parts[1] in _ALWAYS:
            self._keep(info, file)
        name = parts[-2] if parts[-1] == "__init__.py" else parts[-1].partition(".")[0]
        # A deprecated module's file begins with an underscore, its name does not.
        for one in {name, name.removeprefix("_")}:
            self._by_name.setdefault(one, []).append((info, file))

    def _keep(self, info: CollectionInfo, file: ContentFile) -> None:
        if file.path not in self._kept:
            self._kept.add(file.path)
            self._waiting.append((info, file))

    def keeps(self, info: CollectionInfo, file: ContentFile) -> bool:
        """Whether ``file`` goes into the bundle."""
        return (
            info.name in self._whole
            or not _is_plugin(file)
            or file.path in self._kept
            # Packages are found by these files; most are empty.
            or (file.path.name == "__init__.py" and file.path.parent in self._packages)
        )

    def read_templates(self, text: str) -> None:
        """Keep everything where ``text`` uses a plugin whose name is a variable's value."""
        if _ANY_PLUGIN.search(text):
            for info in self._collections:
                self._keep_all(info)

    def read_words(self, text: str) -> None:
        """Take all words of ``text`` for names, also of what it imports if it is such a program."""
        self._find_put_together(text)
        self._name(_WORD.findall(text), program=_PACKAGE in text)

    def _find_put_together(self, text: str) -> None:
        for info in self._collections:
            if info.name in text and re.search(re.escape(info.name) + _PUT_TOGETHER, text):
                self._keep_all(info)

    def _keep_all(self, info: CollectionInfo) -> None:
        if info.name not in self._whole:
            self._whole.add(info.name)
            # What its plugins use of other collections is used, too.
            for file in filter(_is_plugin, self._collections[info]):
                self._keep(info, file)

    def _name(self, words: Iterable[str], *, program: bool) -> None:
        # `with_dig` uses the lookup `dig`.
        fresh = {word.removeprefix("with_") for word in words} - self._words[program]
        self._words[program] |= fresh
        for word in fresh:
            for target in (*self._redirects.get(word, ()), *renamed_plugins().get(word, ())):
                self._name(_WORD.findall(target), program=program)
            if word in _BY_FACT:
                self._name(_named_by_fact(_BY_FACT[word]), program=program)
            for info, file in self._by_name.get(word, ()):
                if program or PurePosixPath(file.relative).parts[1] not in _FOR_PROGRAMS:
                    self._keep(info, file)

    def follow(self) -> None:
        """Read the plugins that are used until no further one is found."""
        while self._waiting:
            info, file = self._waiting.popleft()
            text = file.path.read_text(encoding="utf-8", errors="replace")
            self._find_put_together(text)
            if _imports_any(file.relative, text):
                self._keep_all(info)
            named, imported = _names_in(file.relative, text)
            self._name(named, program=False)
            self._name(imported, program=True)
        self._packages = {directory for path in self._kept for directory in path.parents}


def _is_plugin(file: ContentFile) -> bool:
    path = PurePosixPath(file.relative)
    known = path.suffix in _CODE or path.suffix in _DOCUMENTATION
    return path.parts[0] == "plugins" and len(path.parts) > 2 and known


def _names_in(relative: str, text: str) -> tuple[set[str], set[str]]:
    """Return the names that a plugin's file can mean plugins by, and those of what it imports."""
    suffix = PurePosixPath(relative).suffix
    fragments = re.findall(r"extends_documentation_fragment:((?:\s*-?\s*\[?[\w., \]]+)+)", text)
    imported = set(_WORD.findall(" ".join(fragments)))
    if suffix in _DOCUMENTATION:
        return set(), imported
    try:
        tree = ast.parse(text) if suffix == ".py" else None
    except (SyntaxError, ValueError):
        tree = None
    if tree is None:
        return set(), imported.union(_WORD.findall(text))
    named: set[str] = set()
    by_text = any(word in text for word in _IMPORTS)
    for node in _code(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            imported.update(_imported_by(node))
        elif isinstance(node, ast.Constant) and _DOTTED.fullmatch(str(node.value)):
            (imported if by_text else named).update(str(node.value).split("."))
    return named, imported


def _imported_by(statement: ast.ImportFrom | ast.Import) -> Iterator[str]:
    """Yield the parts of the names that a statement imports from a collection."""
    names = [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom):
        # A relative one begins in the file's own collection.
        package = _PACKAGE if statement.level else ""
        names = [f"{package}.{statement.module or ''}.{name}".lstrip(".") for name in names]
    for name in names:
        first, *rest = name.split(".")
        if first == _PACKAGE:
            yield from rest


def _imports_any(relative: str, text: str) -> bool:
    """Whether a program imports a part of collections whose name it computes."""
    if not relative.endswith(".py") or not any(word in text for word in _IMPORTS):
        return False
    return re.search(rf"['\"]{_PACKAGE}[.\w]*(?:\{{|%|\.['\"])", text) is not None


def _code(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield all nodes but those of texts that only describe the plugin."""
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if not any(isinstance(one, ast.Name) and one.id in _DESCRIPTIONS for one in targets):
            yield from ast.walk(statement)


@cache
def _named_by_fact(fact: str) -> frozenset[str]:
    """Return the quoted words of the file in which Ansible lists the values of a fact."""
    text = core_file(f"module_utils/facts/system/{fact}.py")
    return frozenset(re.findall(r"['\"](\w+)['\"]", text))
