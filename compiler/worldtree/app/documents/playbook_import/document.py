"""Writes the document: its head, and a module per play."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worldtree.ansible.content.playbooks.model import ImportedPlay
from worldtree.ansible.content.playbooks.runtime_groups import MadeGroup, made_groups
from worldtree.app.documents.playbook_import.cleared_errors import report_cleared_errors
from worldtree.app.documents.playbook_import.document_hosts import document_hosts, written_hosts
from worldtree.app.documents.playbook_import.order import (
    module_names,
    needs_in_order,
    task_name,
)
from worldtree.app.documents.playbook_import.parallel import order_beside
from worldtree.app.documents.playbook_import.play_step import StepWriter
from worldtree.app.documents.playbook_import.prompts import PromptReader, Prompts
from worldtree.app.documents.playbook_import.report import ImportReport
from worldtree.app.documents.playbook_import.role_places import RolePlaces
from worldtree.app.documents.playbook_import.runtime_hosts import RuntimeHosts, runtime_hosts
from worldtree.app.documents.playbook_import.surroundings import Surroundings, config_beside
from worldtree.app.documents.playbook_import.task_files import TaskFiles
from worldtree.app.documents.playbook_import.text import comment_lines, data_lines, plain
from worldtree.app.documents.playbook_import.used_directories import used_roles_paths
from worldtree.app.documents.playbook_import.whole_playbooks import (
    report_beside_playbooks,
    report_missing_roles,
)
from worldtree.spec.host_patterns import LOCAL_NAMES, HostGroups

#: Values of `hosts` that always name a host.
_NEVER_EMPTY = frozenset({"all", *LOCAL_NAMES})


@dataclass
class DocumentWriter:
    """Writes one document for plays in their order."""

    #: The directory of the document.
    base: Path
    name: str
    surroundings: Surroundings
    report: ImportReport
    #: Names that modules cannot have.
    reserved: Sequence[str] = ()
    #: Path, relative to the document, -> text of further files.
    files: dict[str, str] = field(default_factory=dict)
    #: Modules that start on more hosts than the play, and end on the others.
    narrowed: set[str] = field(default_factory=set)
    #: Whether plays that share nothing run beside each other, and the hosts that says it.
    parallel: bool = False
    inventory: HostGroups | None = None
    #: With ``parallel``: a line per play.
    reasons: tuple[str, ...] = ()
    #: Of each module: its first line, its name and its play.
    starts: list[tuple[int, str, ImportedPlay]] = field(default_factory=list)

    def text(self, plays: Sequence[ImportedPlay], playbooks: Sequence[Path]) -> str:
        """Return the document; ``files`` then has what belongs beside it."""
        listed = ", ".join(self._relative(path) for path in playbooks)
        reader = PromptReader(self.report)
        prompts = [reader.read(play.play) for play in plays]
        lines = [
            f"# Does what {listed} does. Written by `wt import`.",
            "apiVersion: worldtree.io/v1alpha1",
            "kind: Cluster",
            *data_lines({"metadata": {"name": self.name}}, 0),
            "spec:",
            *self._spec(plays, {text: how for text, how in reader.questions.items() if how}),
            "  modules:",
        ]
        names = module_names(plays, self.reserved)
        told: set[int] = set()
        made: list[MadeGroup] = []
        needed = self._needs(plays, names)
        for play, name, needs, asked in zip(plays, names, needed, prompts, strict=True):
            comments = [
                text for step in play.imports if id(step) not in told for text in step.comments
            ]
            told.update(id(step) for step in play.imports)
            hosts = runtime_hosts(play, made, self.report)
            if hosts is not None:
                self.narrowed.add(name)
            self.starts.append((len(lines) + 1, name, play))
            lines += self._module(play, name, needs, comments, hosts, asked)
            if play.comments_after:
                lines += ["", *comment_lines(play.comments_after, 4)]
            made += made_groups(play, self._places.directories(play))
        report_cleared_errors(plays, self._places, self.report)
        report_missing_roles(plays, self._places, self.report)
        report_beside_playbooks(plays, self.base, self.report)
        return "\n".join(lines) + "\n"

    def _spec(
        self, plays: Sequence[ImportedPlay], questions: Mapping[str, Mapping[str, object]]
    ) -> list[str]:
        found = self.surroundings
        known = document_hosts(plays, found, self.report)
        settings: dict[str, object] = {}
        if known.inventories:
            written = [
                one if isinstance(one, str) else self._relative(one) for one in known.inventories
            ]
            settings["inventory"] = written[0] if len(written) == 1 else written
        if known.hosts:
            settings["hosts"] = list(known.hosts)
        for key, paths in (
            ("rolesPath", used_roles_paths(plays, found, self.base)),
            ("collectionsPath", found.collections_paths),
        ):
            if paths:
                settings[key] = [self._relative(path) for path in paths]
        if questions:
            settings["secrets"] = {"prompt": {"questions": dict(questions)}}
        if found.config is not None and found.config != config_beside(self.base):
            settings["ansible"] = {"config": self._relative(found.config)}
        return [
            *(data_lines(settings, 2) if settings else []),
            "  # Each play gathers its own facts, as in the playbook.",
            "  facts: {gather: never}",
            "  # As in Ansible, only the hosts that failed are left out of the plays that follow.",
            "  policy: {allowedFailures: 99%}",
        ]

    def _needs(
        self, plays: Sequence[ImportedPlay], names: Sequence[str]
    ) -> Sequence[tuple[str, ...]]:
        if not self.parallel:
            return needs_in_order(plays, names)
        order = order_beside(plays, names, self.inventory, self._places)
        self.reasons = order.reasons
        return order.needs

    @property
    def _places(self) -> RolePlaces:
        found = self.surroundings
        return RolePlaces(self.base, found.roles_paths, found.collections_paths)

    def _module(
        self,
        play: ImportedPlay,
        name: str,
        needs: Sequence[str],
        comments: Sequence[str],
        hosts: RuntimeHosts | None,
        prompts: Prompts,
    ) -> list[str]:
        mark = play.play.mark
        files = TaskFiles(name)
        step = StepWriter(
            imported=play,
            base=self.base,
            files=files,
            report=self.report,
            places=self._places,
            prompts=prompts,
            gathers=self.surroundings.gathers_facts,
            first_task=hosts.task if hosts else None,
        ).lines()
        self.files.update(files.found)
        title = play.play.get("name")
        where = f"{self._relative(play.play.file)}:{mark.line}"
        head = f"{where}: {play.play.name}" if play.play.name else where
        return [
            "",
            *comment_lines([*comments, *play.play.comments], 4),
            *comment_lines(title.comments if title else (), 4),
            *comment_lines([" ".join(head.split())], 4),
            f"    - name: {name}",
            *([f"      needs: [{', '.join(needs)}]"] if needs else []),
            "      tasks:",
            f"        - name: {task_name(play)}",
            *self._hosts(play, hosts),
            "          steps:",
            "            - name: play",
            *step,
        ]

    def _hosts(self, play: ImportedPlay, known: RuntimeHosts | None) -> list[str]:
        keyword = play.play.get("hosts")
        value = known.hosts if known else written_hosts(play, self.report)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        lines = comment_lines(keyword.comments if keyword else (), 10)
        lines += data_lines({"hosts": plain(value)}, 10)
        unknown = known is not None and known.task is None
        if not unknown and (not isinstance(value, str) or value not in _NEVER_EMPTY):
            lines.append(f"{' ' * 10}onEmpty: skip")
        return lines

    def _relative(self, path: Path) -> str:
        home = self.surroundings.home
        if home is not None and path.is_relative_to(home / ".ansible"):
            return f"~/{path.relative_to(home)}"
        found = os.path.relpath(path, self.base)
        return found if found.startswith("..") else f"./{found}"
