"""Which tasks ``--tags`` and ``--skip-tags`` of ``ansible-playbook`` run, by the tasks' tags."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from worldtree.spec.jinja_syntax import is_template

#: Tasks with this tag run only where ``--tags`` names another of their tags, or this one.
NEVER = "never"
#: Tags that Ansible reads as more than a name.
SPECIAL_TAGS = frozenset({"all", "tagged", "untagged", "always", NEVER})
_UNTAGGED = frozenset({"untagged"})

#: A tag as it is written: a number is never the tag of its text.
Tag = str | int


def task_tags(value: object) -> tuple[Tag, ...]:
    """Return the tags that a keyword ``tags`` lists; a text is split at its commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    if not isinstance(value, list | tuple):
        return ()
    parts = (item if isinstance(item, list | tuple) else [item] for item in value)
    return tuple(one for part in parts for one in part if isinstance(one, str | int))


@dataclass(frozen=True, slots=True)
class TagChoice:
    """The values of both options; without any, all tasks run but those tagged ``never``."""

    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tags or self.skip_tags)

    def runs(self, tags: Collection[Tag]) -> bool:
        """Whether a task runs that has ``tags``, inherited ones among them."""
        found = frozenset(tags) or _UNTAGGED
        return self._selects(found) and not self._skips(found)

    def runs_as_far_as_known(self, tags: Collection[Tag]) -> bool | None:
        """As ``runs``; None where a template among ``tags`` decides."""
        known = [tag for tag in tags if not is_template(tag)]
        if len(known) == len(tags):
            return self.runs(known)
        # Its value may be any tag, `untagged` too, but removes none of the others.
        is_tagged = bool({*known} - _UNTAGGED)
        skipped = ("tagged" in self.skip_tags and is_tagged) or not {*known}.isdisjoint(
            self.skip_tags
        )
        return False if skipped and "all" not in self.skip_tags else None

    def _selects(self, tags: frozenset[Tag]) -> bool:
        wanted = {*self.tags} or {"all"}
        if "always" in tags or not tags.isdisjoint(wanted):
            return True
        if NEVER in tags:
            return False
        return "all" in wanted or ("tagged" in wanted and tags != _UNTAGGED)

    def _skips(self, tags: frozenset[Tag]) -> bool:
        if "all" in self.skip_tags:
            return "always" not in tags or "always" in self.skip_tags
        if not tags.isdisjoint(self.skip_tags):
            return True
        return "tagged" in self.skip_tags and tags != _UNTAGGED


#: What runs without either option.
EVERY_TASK = TagChoice()
