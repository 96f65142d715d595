"""Files beside the document that addons name: read below its directory only."""

from __future__ import annotations

from pathlib import Path

from worldtree.core.errors import Diagnostic, DocPath
from worldtree.core.linked_paths import is_inside

#: Largest kustomization, in bytes of all its files: all of it is a variable of a play.
MAX_TREE_BYTES = 1024 * 1024


class BesideFileError(Exception):
    """A file cannot be used; ``diagnostic`` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.summary)
        self.diagnostic = diagnostic


def beside(directory: Path | None, written: str, path: DocPath) -> Path:
    """Return the file or directory ``written``, which is below ``directory``.

    ``path`` is the place in the document that names it. Raises ``BesideFileError``.
    """
    if directory is None:
        raise BesideFileError(
            Diagnostic(
                slug="addon-file-not-found",
                summary=f"`{written}` cannot be read: the document is not a file",
                detail="It was read from standard input, which has no directory.",
                hint="write the document to a file, or give `objects`",
                path=path,
            )
        )
    place = directory / written
    if ".." in Path(written).parts or not is_inside(place, directory):
        raise BesideFileError(
            Diagnostic(
                slug="addon-file-outside",
                summary=f"`{written}` is outside of the directory of the document",
                detail="A document is used on other machines together with what is below it.",
                hint="put the file beside the document, and name it by a path without `..`",
                path=path,
            )
        )
    if not place.exists():
        raise BesideFileError(
            Diagnostic(
                slug="addon-file-not-found",
                summary=f"there is no `{written}`",
                detail=f"It was looked for as {place}.",
                hint="correct the path, which begins at the directory of the document",
                path=path,
            )
        )
    return place
