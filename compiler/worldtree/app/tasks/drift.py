"""Compares hosts with the document by checks that change nothing.

Each pair of a node and a host, except read-only nodes, gets the first result that fits:

==========================================================================  =====================
outcome for the pair                                                        result
==========================================================================  =====================
Ansible's check mode would change something                                 differs, with the diff
check mode finished and would change nothing                                as described
the `verify` of the node's component or role failed on the host             differs
the `verify` of the node's component or role succeeded on the host          as described
anything else: no check mode, the check failed, the host was unreachable    unknown
==========================================================================  =====================

A change that `group_by`, `add_host` or `set_fact` reports is one of what Ansible knows in this run,
not of a host: it is no difference. Tasks of a team that check mode cannot show are left out one by
one, and Ansible itself runs no command and no module without check mode. A pair with such a task
that could have changed the host did not finish. A pair whose check saw a difference and did not
finish is in both lists: it differs, and the rest of it is unknown.

The `verify` of a component is about its whole module. That of a role is about the role's own step,
without the tasks that the step's play writes itself.

Coverage is the share of pairs that are not unknown. A cluster is clean only with full coverage and
no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.tasks.apply import ApplyService, PreparedRun
from worldtree.app.tasks.drift_documents import DriftDocument, FileDocument
from worldtree.app.tasks.drift_history import DriftHistory
from worldtree.app.tasks.run_modes import (
    CheckMode,
    RunMode,
    changing_tasks,
    left_out_text,
    would_change,
)
from worldtree.app.tasks.task_requests import TaskRequest
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.compile.selection import Selection
from worldtree.core.check_mode_rules import is_unchecked
from worldtree.core.text import and_more
from worldtree.plan.node import Node
from worldtree.plan.pipeline_names import VERIFY
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plan.plan import Plan
from worldtree.results.node_status import is_success
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.results.tree import HostResult, TaskResult

#: Ansible tasks that a difference names.
_MAX_NAMES = 3
_NOT_RUN = HostResult(status=HostStatus.NOT_RUN)


class DriftMode(CheckMode):
    """Check mode with diffs of files."""

    command = TaskCommand.DRIFT
    every_pair = True

    def __init__(self) -> None:
        super().__init__(diff=True)


class VerifyMode(RunMode):
    """Runs the `verify` pipeline as a part of drift detection."""

    command = TaskCommand.DRIFT
    every_pair = True


@dataclass(frozen=True, slots=True)
class DriftFinding:
    """One node on one host that differs, or could not be checked."""

    node: str
    host: str
    #: The reason, one line for people.
    why: str
    #: The result of the check.
    result: HostResult = _NOT_RUN


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The outcome of drift detection on a cluster."""

    cluster: str
    #: Ids of the tasks that ran the checks.
    tasks: tuple[str, ...] = ()
    differs: tuple[DriftFinding, ...] = ()
    unknown: tuple[DriftFinding, ...] = ()
    #: Number of selected pairs of node and host, without read-only nodes.
    pairs: int = 0
    #: Number of pairs of the document that a selection left out.
    not_selected: int = 0
    #: Nodes of which tags select some tasks only, or perhaps none.
    in_part: tuple[str, ...] = ()
    cancelled: bool = field(default=False)

    @property
    def checked_pairs(self) -> int:
        """Number of pairs that could be checked."""
        return self.pairs - len(self.unknown)

    @property
    def coverage(self) -> int:
        """Percentage of selected pairs that could be checked, rounded down."""
        return 100 * self.checked_pairs // self.pairs if self.pairs else 100

    @property
    def status(self) -> Literal["drift", "clean", "incomplete"]:
        """``incomplete``: no difference was found, but not all of the document was checked."""
        if self.differs:
            return "drift"
        left = self.unknown or self.not_selected or self.in_part or self.cancelled
        return "incomplete" if left else "clean"


class DriftService:
    """Detects drift without changing any host."""

    def __init__(self, apply: ApplyService, history: DriftHistory) -> None:
        self._apply = apply
        #: What was found before.
        self.history = history

    def prepare(self, request: DocumentRequest, selection: Selection | None = None) -> PreparedRun:
        """Compile the document to compare with. Raises ``InputError``."""
        asked = TaskRequest(
            command=TaskCommand.DRIFT, document=request, selection=selection or Selection()
        )
        return self._apply.prepare(asked)

    def file_document(self, file: Path) -> FileDocument:
        """Return the document in a file, to compare with."""
        return FileDocument(self._apply, file)

    def detect(
        self,
        prepared: PreparedRun,
        document: DriftDocument,
        observer: TaskObserver,
        *,
        queued: str | None = None,
    ) -> DriftReport:
        """Check all hosts, and keep the report; raises what ``ApplyService.run`` raises.

        ``queued`` is the id of the task if it has a row from the queue.
        """
        plan, observer = prepared.plan, replace(observer, keep_tasks=True)
        checked = self._apply.run(prepared, observer, mode=DriftMode(), queued=queued)
        tasks = [checked.task_id]
        verified: TaskResult | None = None
        left_out = _not_selected(prepared, document)

        def report() -> DriftReport:
            found = evaluate_drift(plan, checked, verified, tuple(tasks))
            return replace(found, not_selected=left_out)

        # What the check found is kept, even if this process dies while it verifies.
        self.history.keep(report())
        if any(_unknown_pairs(plan, checked)) and checked.status is not TaskStatus.CANCELLED:
            verify = self._prepare_verify(document, prepared, checked)
            if verify is not None:
                verified = self._apply.run(verify, observer, mode=VerifyMode())
                tasks.append(verified.task_id)
        found = report()
        if verified is not None:
            self.history.keep(found)
        return found

    def detect_queued(
        self, prepared: PreparedRun, document: DriftDocument, observer: TaskObserver, task: str
    ) -> TaskResult:
        """Check all hosts for a task of the queue; return its result. Raises as ``detect``."""
        self.detect(prepared, document, observer, queued=task)
        return self.history.result(task)

    def _prepare_verify(
        self, document: DriftDocument, prepared: PreparedRun, checked: TaskResult
    ) -> PreparedRun | None:
        """Return `verify` for the modules with pairs that are not known; None where none has it.

        Of a part of the document, its modules on its hosts are verified.
        """
        plan, request = prepared.plan, PipelineRequest(VERIFY)
        unknown = list(_unknown_pairs(plan, checked))
        whole = document.whole_plan(plan, request)
        modules = {module for module, _ in unknown} & _modules(whole)
        if not modules:
            return None
        selection = Selection()
        if _is_part(prepared):
            nodes = [node for node in whole.graph.nodes.values() if node.module in modules]
            wanted = dict.fromkeys(host for _, host in unknown)
            hosts = tuple(h for h in wanted if any(h in node.hosts for node in nodes))
            if not hosts:
                return None
            selection = Selection(only=tuple(sorted(modules)), hosts=hosts)
        return document.prepare(plan, request, selection)


def evaluate_drift(
    plan: Plan, checked: TaskResult, verified: TaskResult | None, tasks: tuple[str, ...] = ()
) -> DriftReport:
    """Combine check mode and `verify` into one report on all pairs of ``plan``."""
    by_work = {} if verified is None else _results_by_work(verified)
    differs: list[DriftFinding] = []
    unknown: list[DriftFinding] = []
    pairs = 0
    for name, host, result in _checked_pairs(plan, checked):
        pairs += 1
        if _was_checked(plan, name, result):
            if would_change(result):
                differs.append(DriftFinding(name, host, _difference(result), result))
            continue
        seen = plan.graph.nodes[name].check_mode and would_change(result)
        if seen:
            differs.append(DriftFinding(name, host, _difference(result), result))
        node = plan.graph.nodes[name]
        looks = by_work.get((node.module if node.component else _work(name), host), ())
        failed = next((look for look in looks if look.status is HostStatus.FAILED), None)
        if failed is not None and not seen:
            why = f"verify: {failed.message or 'failed'}"
            differs.append(DriftFinding(name, host, why, failed))
        elif (
            not looks
            or not all(is_success(look.status) for look in looks)
            or _left_out_outside_of_roles(node, result)
        ):
            why = _unknown_reason(checked, host, result)
            why = f"incomplete: {why}" if seen or left_out_text(result) else why
            unknown.append(DriftFinding(name, host, why, result))
    ends = {one.status for one in (checked, verified) if one is not None}
    return DriftReport(
        plan.cluster,
        tasks,
        tuple(differs),
        tuple(unknown),
        pairs,
        in_part=tuple(name for name in plan.graph.nodes if name in plan.cut),
        cancelled=TaskStatus.CANCELLED in ends,
    )


def _checked_pairs(plan: Plan, checked: TaskResult) -> Iterator[tuple[str, str, HostResult]]:
    found = {node.id: node.hosts for node in checked.nodes}
    for name, node in plan.graph.nodes.items():
        if node.reversibility != "read-only":
            for host in node.hosts:
                yield name, host, found.get(name, {}).get(host, _NOT_RUN)


def _difference(result: HostResult) -> str:
    """Return that a pair differs, and the Ansible tasks that would change the host."""
    names = and_more(changing_tasks(result), _MAX_NAMES, separator="; ")
    return f"differs from the document: {names}" if names else "differs from the document"


def _unknown_reason(checked: TaskResult, host: str, result: HostResult) -> str:
    """Return why a pair was not checked: its own message, or the failure of another node."""
    if not result.caused_by:
        skipped = left_out_text(result)
        # The message of a node that ended well is that of one of its tasks.
        if skipped and is_success(result.status):
            return skipped
        return result.message or skipped or str(result.status)
    cause = next(node for node in checked.nodes if node.id == result.caused_by)
    at = {one: found for one, found in cause.hosts.items() if found.status.is_lost}
    lost = at.get(host) or next(iter(at.values()), None)
    message = lost.message if lost is not None else cause.message
    if lost is not None and lost.status is HostStatus.UNREACHABLE and host in at and message:
        return message
    return f"not checked because of {cause.id.partition('/')[2]}" + (
        f": {message}" if message else ""
    )


def _was_checked(plan: Plan, name: str, result: HostResult) -> bool:
    """Whether check mode finished and looked at every Ansible task that could change the host.

    Nodes that were left out whole are skipped without an attempt.
    """
    ran = plan.graph.nodes[name].check_mode and result.attempts > 0
    return ran and is_success(result.status) and not left_out_text(result)


def _not_selected(prepared: PreparedRun, document: DriftDocument) -> int:
    """Return how many pairs of the document a selection left out."""
    if not _is_part(prepared):
        return 0
    whole = document.whole_plan(prepared.plan, prepared.plan.request)
    return len(_pairs(whole) - _pairs(prepared.plan))


def _is_part(prepared: PreparedRun) -> bool:
    return prepared.source is not None and bool(prepared.source.selection)


def _unknown_pairs(plan: Plan, checked: TaskResult) -> Iterator[tuple[str, str]]:
    """Yield module and host of each pair that check mode does not show."""
    for name, host, result in _checked_pairs(plan, checked):
        if not _was_checked(plan, name, result):
            yield plan.graph.nodes[name].module, host


def _pairs(plan: Plan) -> set[tuple[str, str]]:
    """Return the pairs of node and host that are compared with the hosts."""
    return {
        (name, host)
        for name, node in plan.graph.nodes.items()
        if node.reversibility != "read-only"
        for host in node.hosts
    }


def _modules(plan: Plan) -> set[str]:
    return {node.module for node in plan.graph.nodes.values()}


def _results_by_work(verified: TaskResult) -> Mapping[tuple[str, str], list[HostResult]]:
    """Return the results of `verify` on a host, by module and by the step within it.

    A component verifies its module as a whole, a role of a team its own step only.
    """
    found: dict[tuple[str, str], list[HostResult]] = {}
    for node in verified.nodes:
        for host, result in node.hosts.items():
            for name in (node.id.split("/")[1], _work(node.id)):
                found.setdefault((name, host), []).append(result)
    return found


def _work(name: str) -> str:
    """Return the id of a node without its pipeline."""
    return name.partition("/")[2]


def _left_out_outside_of_roles(node: Node, result: HostResult) -> bool:
    """Whether a check left out tasks of the play itself, which no role verifies."""
    return node.component is None and any(
        is_unchecked(task.result) and task.role is None for task in result.tasks
    )
