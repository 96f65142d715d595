"""Follows `import_playbook`: the plays of playbooks in the order in which Ansible runs them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay, Play, PlaybookImport
from worldtree.ansible.content.playbooks.read import read_playbook
from worldtree.core.errors import Diagnostic, InputError, Mark
from worldtree.spec.jinja_syntax import is_template

#: Endings of playbooks in collections, in Ansible's order.
_ENDINGS = (".yml", ".yaml")


def follow_playbooks(
    files: Iterable[Path], collections_paths: Sequence[Path] = ()
) -> tuple[list[ImportedPlay], list[PlaybookImport]]:
    """Return the plays of ``files``, and the imports whose target is a template or not installed.

    ``collections_paths`` are directories with `ansible_collections` in them. Raises ``InputError``
    for a file that cannot be read, and for a cycle of imports.
    """
    following = _Following(tuple(collections_paths))
    for file in files:
        if not file.is_file():
            raise _missing(file, Mark.of_file(str(file)), "check the path")
        following.follow(file, (), "")
    return following.plays, following.open


@dataclass
class _Following:
    collections_paths: tuple[Path, ...]
    plays: list[ImportedPlay] = field(default_factory=list)
    open: list[PlaybookImport] = field(default_factory=list)

    def follow(self, file: Path, imports: tuple[PlaybookImport, ...], collection: str) -> None:
        """Add the plays of ``file``, which is in ``collection`` where that is not empty."""
        for entry in read_playbook(file):
            if isinstance(entry, Play):
                play = ImportedPlay(entry, imports, collection, entry.comments_after)
                self.plays.append(play)
                continue
            path = entry.file.parent / entry.target
            installed = entry.is_in_collection and not path.is_file()
            target = self._installed(entry) if installed else _beside(path, entry)
            if target is None:
                self.open.append(entry)
                continue
            if not target.is_file():
                hint = f"correct the path; it is relative to {entry.file.parent}/"
                raise _missing(target, entry.mark, hint)
            seen = [*(step.file.resolve() for step in imports), entry.file.resolve()]
            if target.resolve() in seen:
                raise _cycle(entry, target)
            inner = entry.collection if installed else collection
            self.follow(target, (*imports, entry), inner)
            last = self.plays[-1:]
            self.plays[-1:] = [
                replace(play, comments_after=(*play.comments_after, *entry.comments_after))
                for play in last
            ]

    def _installed(self, entry: PlaybookImport) -> Path | None:
        """Return the playbook in a collection, with or without its ending, as Ansible finds it."""
        namespace, name, rest = entry.target.split(".", 2)
        inner = Path("ansible_collections", namespace, name, "playbooks")
        stem = rest.removesuffix(".yml").removesuffix(".yaml").replace(".", "/")
        files = (
            path / inner / f"{stem}{ending}"
            for path in self.collections_paths
            for ending in _ENDINGS
        )
        return next((file for file in files if file.is_file()), None)


def _beside(path: Path, entry: PlaybookImport) -> Path | None:
    # Links stay, as in what the person wrote.
    return None if is_template(entry.target) else Path(os.path.normpath(path))


def _missing(file: Path, mark: Mark, hint: str) -> InputError:
    return InputError(
        [Diagnostic("playbook-not-found", f"there is no playbook `{file}`", "", hint, mark=mark)]
    )


def _cycle(entry: PlaybookImport, target: Path) -> InputError:
    return InputError(
        [
            Diagnostic(
                "playbook-cycle",
                f"`{target.name}` imports itself",
                "Following the imports would never end; Ansible fails on this too.",
                "remove this `import_playbook`",
                mark=entry.mark,
            )
        ]
    )
