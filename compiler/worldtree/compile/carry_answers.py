"""What a document says of names of files that only a run knows: `carry` and `carriedFor`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from worldtree.ansible.content.possible_values import ANY


@dataclass(frozen=True, slots=True)
class CarryAnswers:
    """The files of `carry`, and the tasks and steps of `carriedFor`."""

    #: Paths below the document's directory.
    files: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()

    def covers(self, name: str, who: str) -> bool:
        """Whether the document answers for ``name``, in which ``ANY`` stands for any text.

        ``who`` is the task or step that has it. A name of which nothing is known may be any file,
        so that no entry of `carry` is an answer to it.
        """
        if who in self.names:
            return True
        if is_any(name):
            return False
        pattern = re.compile(".*".join(map(re.escape, name.split(ANY))))
        return any(pattern.fullmatch(f"/{file}") for file in self.files)


def is_any(name: str) -> bool:
    """Whether nothing is known of ``name``."""
    return not name.strip(f"{ANY}/. ")
