"""Which part of a graph to run; apart from the pass, since every command reads it."""

from __future__ import annotations

from dataclasses import dataclass

from worldtree.ansible.model.tag_choice import TagChoice


@dataclass(frozen=True, slots=True)
class Selection:
    """Which nodes to run; a pattern is a node id or its part from the module on (``etcd/*``)."""

    only: tuple[str, ...] = ()
    #: These nodes and everything after them.
    since: tuple[str, ...] = ()
    #: These nodes and everything before them.
    until: tuple[str, ...] = ()
    #: Host names and patterns; nodes are narrowed to these, and left out when none remains.
    hosts: tuple[str, ...] = ()
    #: Tags of tasks, as ``--tags`` and ``--skip-tags`` of ``ansible-playbook``; nodes without a
    #: task to run are left out.
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()

    @property
    def tag_choice(self) -> TagChoice:
        """Both options of tags."""
        return TagChoice(self.tags, self.skip_tags)

    def __bool__(self) -> bool:
        return bool(self.only or self.since or self.until or self.hosts or self.tag_choice)
