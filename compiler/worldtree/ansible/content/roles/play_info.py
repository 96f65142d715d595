"""A play that a step writes out, seen as a role that depends on the roles which it lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from worldtree.ansible.content.file_digests import ContentFile, digest_over
from worldtree.ansible.content.roles.model import RoleInfo
from worldtree.ansible.content.roles.role_task import RoleTask, tasks_of_file


@dataclass(frozen=True)
class PlayInfo(RoleInfo):
    """The tasks, handlers and roles of a play.

    Its ``path`` is no directory: it tells plays apart. Tasks name their file by its absolute path,
    which is that of the document for those that are written in it.
    """

    #: Key of the document's own tasks in ``tasks.files``.
    document: str = ""
    #: Everything that the document writes of the play, as text.
    written: str = ""
    #: Each file with its task list as parsed.
    lists: tuple[tuple[str, object], ...] = ()
    #: (file, name that a task includes) -> the files which that may mean.
    includes: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    #: Files that the play reads: of tasks, handlers and variables.
    read_files: tuple[ContentFile, ...] = ()

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return f"the step `{self.name}`"

    def tasks_of(self, entry: str) -> tuple[RoleTask, ...]:
        """Return the play's own tasks, with all keywords that they inherit; not its handlers."""
        if entry != "main":
            return ()
        found = tasks_of_file(self.tasks.files, self.document, self.included)
        return tuple(task for task in found if not task.in_handlers)

    def tasks_at_start(self) -> tuple[RoleTask, ...]:
        """Return its own tasks and handlers that Ansible reads before the first one runs."""
        found = tasks_of_file(
            self.tasks.files,
            self.document,
            lambda task: self.included(task) if task.is_import else (),
        )
        handlers = (task for task in self.tasks.handlers if task.file == self.document)
        return (*found, *handlers)

    def included(self, task: RoleTask) -> tuple[str, ...]:
        """Return the files that a task may include."""
        return self.includes.get((task.file, task.include_name), ())

    def mentions(self, name: str) -> bool:
        """Whether the tasks in the document or any file has the word ``name``."""
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        return word.search(self.written) is not None or super().mentions(name)

    @cached_property
    def content(self) -> tuple[ContentFile, ...]:
        """The files that it reads."""
        return self.read_files

    @property
    def played_content(self) -> tuple[ContentFile, ...]:
        """The files that it reads, whatever their place."""
        return self.read_files

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of the files that it reads."""
        return digest_over(self.read_files).hexdigest()
