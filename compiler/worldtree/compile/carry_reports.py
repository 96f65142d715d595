"""What is said of files that texts name and that the bundle does not get."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from worldtree.ansible.content.file_references import FileReference
from worldtree.core.errors import DiagnosticBag, Mark
from worldtree.core.text import and_more

#: Reason against names of which nothing is known when compiling.
ANY_FILE = "The name begins with a template, so it can be any file."
_MOST_NAMED = 5
_OTHER = (
    "A run would not find it, and would use another password without a message: mostly a new one."
)


class CarryReports:
    """Reports to ``bag``; ``document`` is the directory of the document."""

    def __init__(self, document: Path, bag: DiagnosticBag) -> None:
        self._document, self._bag = document, bag

    def refuse(
        self, sources: Sequence[Path], reason: str, reference: FileReference, mark: Mark
    ) -> None:
        """Report files that exist and are not carried: passwords that a run replaces are errors."""
        if reference.makes == "password" and reason != ANY_FILE:
            self._password(sources, reason, self._hint(sources), mark)
            return
        self._bag.warning(
            "file-not-carried",
            f"{_names(sources)} is not in the bundle",
            detail=f"{reason} A run does not find it: it fails where it reads the file, and makes"
            " another one where it writes the file, such as a new password.",
            hint=self._hint(sources),
            mark=mark,
        )

    def refuse_keys(self, keys: Sequence[Path], reference: FileReference, mark: Mark) -> None:
        """Report files that may be private keys or passwords."""
        written = [os.path.relpath(key, self._document) for key in keys[:_MOST_NAMED]]
        carry = f"`spec: {{ansible: {{carry: [{', '.join(written)}]}}}}`"
        detail = "A bundle is reviewed and kept in version control."
        if reference.makes == "password":
            self._password(keys, detail, f"write {carry}", mark)
            return
        self._bag.warning(
            "key-not-carried",
            f"the bundle does not get {_names(keys)}, which may be a private key or password",
            detail=f"{detail} A run fails where it needs the file.",
            hint=f"encrypt it with ansible-vault, or write {carry}",
            mark=mark,
        )

    def lost(self, reference: FileReference, mark: Mark, source: Path, inside: Path) -> None:
        """Report a file that a run would write above the bundle; ``inside`` is where it could be.

        ``source`` is the file that plain Ansible means.
        """
        place = source if source.is_relative_to(self._document) else inside
        name = place.relative_to(self._document).as_posix()
        is_password = reference.makes == "password"
        self._bag.error(
            "password-not-kept" if is_password else "written-file-not-kept",
            f"the path `{reference.path}` leads out of the bundle",
            detail="A run works in the bundle, and keeps nothing that is written above it."
            + (" Each run would make a new password." if is_password else ""),
            hint=f"write `playbook_dir ~ '/{name}'`"
            + ("" if place == source else f", and put an existing file into {place}"),
            mark=mark,
        )

    def elsewhere(self, reference: FileReference, mark: Mark, sources: Sequence[Path]) -> None:
        """Report ``sources`` that may be the password which is not at its place."""
        self._bag.warning(
            "password-elsewhere",
            f"there is no password `{reference.path}` beside the document, and there is"
            f" {_names(sources)}",
            detail="The path counts from the directory of the document. A run makes a new password"
            " there, where none is kept from an earlier run of the cluster.",
            hint=f"if it is the one that is meant, move it to {self._document / reference.path}",
            mark=mark,
        )

    def missing(self, reference: FileReference, mark: Mark, looked: Sequence[Path]) -> None:
        """Report a file that is read and does not exist."""
        places = and_more([str(place) for place in dict.fromkeys(looked)], _MOST_NAMED)
        self._bag.warning(
            "named-file-not-found",
            f"there is no file `{reference.path}`",
            detail=f"Searched {places}. A run fails here, unless an earlier task writes the file.",
            hint="correct the path, or add the file",
            mark=mark,
        )

    def _password(self, sources: Sequence[Path], reason: str, hint: str, mark: Mark) -> None:
        self._bag.error(
            "password-not-carried",
            f"the bundle does not get {_names(sources)}, which the lookup `password` names",
            detail=f"{reason} {_OTHER}",
            hint=hint,
            mark=mark,
        )

    def _hint(self, sources: Sequence[Path]) -> str:
        inside = [path for path in sources if path.is_relative_to(self._document)]
        if len(inside) == len(sources):
            names = ", ".join(f"`playbook_dir ~ '/{self._relative(one)}'`" for one in inside)
            return f"write {names}, or another path that stays in the document's directory"
        return (
            "put it below the document's directory, and write its path from there, as in"
            " `playbook_dir ~ '/files/name'`"
        )

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._document).as_posix()


def _names(sources: Sequence[Path]) -> str:
    return and_more([f"`{source}`" for source in sources], _MOST_NAMED)
