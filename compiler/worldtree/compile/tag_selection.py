"""Selects nodes by the tags of their tasks, and reports tags that select nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from worldtree.ansible.content.roles import RoleIndex
from worldtree.ansible.content.roles.tagged_work import TaggedWork, tagged_work
from worldtree.ansible.model.tag_choice import EVERY_TASK, NEVER, SPECIAL_TAGS, TagChoice
from worldtree.compile.role_checks.context import called_role
from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.core.text import and_more
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import Node
from worldtree.plan.plan import TagCut

#: Steps and tags that a message names.
_MAX_NAMED = 10
#: Returns what tags select of a node.
WorkOf = Callable[[Node, TagChoice], TaggedWork]
#: Tags of tasks that every play needs -> why they cannot be skipped.
_NEEDED = {
    "always": "Tasks with the tag `always` are skipped then, those of WorldTree among them.",
    "tagged": "All tasks with a tag are skipped then, those of WorldTree among them.",
}


def work_of(roles: RoleIndex) -> WorkOf:
    """Return the function that reads the tasks of nodes; ``roles`` has their roles."""

    def find(node: Node, choice: TagChoice) -> TaggedWork:
        role = called_role(node, roles)
        entry = "main" if node.play is not None else node.entry
        return tagged_work(choice, node.tags, role, entry, roles)

    return find


def known_tags(nodes: Iterable[Node], roles: RoleIndex) -> tuple[str, ...]:
    """Return the tags of steps and of the tasks inside of them, as far as they are known."""
    find = work_of(roles)
    found = {str(tag) for node in nodes for tag in find(node, EVERY_TASK).tags}
    return tuple(sorted(found - SPECIAL_TAGS))


def never_run(nodes: Mapping[str, Node], choice: TagChoice, find: WorkOf) -> set[str]:
    """Return the steps that have the tag ``never`` and of which no task runs, as in Ansible."""
    return {
        name
        for name, node in nodes.items()
        if NEVER in node.tags
        and find(node, EVERY_TASK).selected == "none"
        and find(node, choice).selected == "none"
    }


def selected_by_tags(
    nodes: Mapping[str, Node], choice: TagChoice, bag: DiagnosticBag, find: WorkOf
) -> tuple[set[str], dict[str, TagCut]]:
    """Return the nodes with tasks to run, and those of them that do not run as a whole.

    A node of which this is not known stays. Unknown and needed tags are errors in ``bag``.
    """
    works = {name: find(node, choice) for name, node in nodes.items()}
    _report_needed(choice.skip_tags, bag)
    _report_unknown("--tags", choice.tags, works, bag)
    _report_unknown("--skip-tags", choice.skip_tags, works, bag)
    kept = {name for name, work in works.items() if work.selected != "none"}
    cut: dict[str, TagCut] = {}
    for name, work in works.items():
        if work.selected in ("part", "unknown"):
            cut[name] = "part" if work.selected == "part" else "unknown"
    return kept, cut


def _report_needed(tags: Iterable[str], bag: DiagnosticBag) -> None:
    for tag in tags:
        if tag in _NEEDED:
            bag.error(
                "needed-tag",
                f"--skip-tags {tag}: this tag cannot be skipped",
                detail=f"{_NEEDED[tag]} They gather facts, and end a play where nothing is left "
                "to do.",
                hint="skip the tags of your own tasks; `--tags untagged` selects tasks without a "
                "tag",
            )


def _report_unknown(
    option: str, tags: Iterable[str], works: Mapping[str, TaggedWork], bag: DiagnosticBag
) -> None:
    known = {str(tag) for work in works.values() for tag in work.tags} - SPECIAL_TAGS
    unclear = [without_pipeline(name) for name, work in works.items() if work.has_unknown]
    for tag in tags:
        if tag in known or tag in SPECIAL_TAGS:
            continue
        if unclear:
            bag.warning(
                "unknown-tag",
                f"{option} {tag}: no step and no task is known to have the tag `{tag}`",
                detail="Some tags or tasks are known only when the play runs: those of "
                f"{and_more([f'`{name}`' for name in unclear], _MAX_NAMED)}.",
                hint=did_you_mean(tag, known) or "check the tag",
            )
            continue
        there = and_more([f"`{one}`" for one in sorted(known)], _MAX_NAMED)
        bag.error(
            "unknown-tag",
            f"{option} {tag}: no step and no task has the tag `{tag}`",
            detail=f"There are {there}." if known else "Nothing in the document has tags.",
            hint=did_you_mean(tag, known)
            or "give steps, tasks or modules `tags` in the document, or tasks in their roles",
        )
