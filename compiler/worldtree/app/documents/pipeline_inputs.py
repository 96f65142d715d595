"""What builders of a pipeline get besides the document: the document before it, and facts.

Both come from the store, and only for pipelines that ask for them. The document before is that of
the last task that put a whole document into effect: it succeeded, without a selection, and did
more than look. After one that removed the cluster there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from worldtree.app.hosts.fact_store import facts_only
from worldtree.app.tasks.task_source import TaskSource, read_task_source
from worldtree.catalog.pipeline import ModuleOrder
from worldtree.catalog.pipeline_registry import pipeline_named, pipelines
from worldtree.compile.previous_document import PreviousDocument
from worldtree.core.errors import Diagnostic, InputError
from worldtree.plan.plan import Plan
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import READ_ONLY_COMMANDS, TaskCommand
from worldtree.spec.load import load_text

if TYPE_CHECKING:
    from worldtree.store.store import Store
    from worldtree.store.task_record import TaskRecord

#: Commands whose tasks put no document into effect.
_OTHER_COMMANDS = (
    *READ_ONLY_COMMANDS,
    TaskCommand.FACTS,
    TaskCommand.ROLLBACK,
    TaskCommand.VERIFY,
)


@dataclass(frozen=True, slots=True)
class PipelineInputs:
    """What a pipeline asks for; empty where it asks for nothing."""

    previous: PreviousDocument | None = None
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class PipelineInputReader:
    """Reads the inputs of pipelines from the store; ``store`` returns None where there is none."""

    def __init__(self, store: Callable[[], Store | None]) -> None:
        self._store = store

    def current(self, pipeline: str, cluster: str, file: str) -> PipelineInputs:
        """Return what ``pipeline`` gets now; ``file`` is the document's, a base of its paths.

        Raises ``InputError`` for an unknown pipeline, and when the document before is not known.
        """
        definition = pipeline_named(pipeline)
        if not (definition.takes_previous or definition.takes_facts):
            return PipelineInputs()
        store = self._store()
        if store is None:
            return PipelineInputs()
        previous, facts = None, {}
        if definition.takes_previous and (record := last_whole_task(store, cluster)) is not None:
            previous = _previous(store, record, file)
        if definition.takes_facts:
            facts = {host: facts_only(one.body) for host, one in store.facts(cluster).items()}
        return PipelineInputs(previous, facts)

    def of_task(self, source: TaskSource, cluster: str, file: str) -> PipelineInputs:
        """Return what a task's pipeline got when the task was made; raises as ``current``."""
        from worldtree.store.task_record import UnknownTaskError

        previous = None
        if source.previous is not None and (store := self._store()) is not None:
            try:
                previous = _previous(store, store.task(source.previous), file)
            except UnknownTaskError:
                return self.current(source.pipeline, cluster, file)  # It was pruned since.
        return PipelineInputs(previous, source.facts)


def previous_task(store: Store, pipeline: str, cluster: str) -> str | None:
    """Return the id of the task whose document ``pipeline`` compares with now, if it compares."""
    if not pipeline_named(pipeline).takes_previous:
        return None
    record = last_whole_task(store, cluster)
    return None if record is None else record.id


def last_whole_task(store: Store, cluster: str) -> TaskRecord | None:
    """Return the last task that put a whole document into effect, and was not undone since."""
    for record in store.list_tasks(
        cluster, statuses=[TaskStatus.SUCCEEDED], leaving_out=_OTHER_COMMANDS
    ):
        plan = store.plan(record.plan)
        if _only_looks(plan) or _is_partial(record, plan):
            continue
        found = pipelines().get(plan.pipeline)
        removes = found is not None and found.order is ModuleOrder.REVERSED
        return None if removes else record
    return None


def _only_looks(plan: Plan) -> bool:
    return all(node.reversibility == "read-only" for node in plan.graph.nodes.values())


def _is_partial(record: TaskRecord, plan: Plan) -> bool:
    source = read_task_source(record.directory)
    return bool(plan.graph.left_out) or (source is not None and not source.whole)


def _previous(store: Store, record: TaskRecord, file: str) -> PreviousDocument:
    """Return the document of a task; raises ``InputError`` when it is not known."""
    plan = store.plan(record.plan)
    if record.document is None:
        raise InputError(
            [
                Diagnostic(
                    "previous-document-unknown",
                    f"the document of task {record.id}, the last one that succeeded on"
                    f" `{record.cluster}`, is not known",
                    "It ran a bundle without its document, and the pipeline compares the document"
                    " with that one.",
                    "apply the document of that task: `wt apply -f FILE --changed` skips what is"
                    " done",
                )
            ]
        )
    documents = load_text(store.document(record.document).body, file)
    named = [one for one in documents if one.value(("metadata", "name")) == record.cluster]
    return PreviousDocument(named[0], plan, record.id)
