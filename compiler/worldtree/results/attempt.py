"""Folds the events of one run into results of its nodes on its hosts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from worldtree.core.journal_events import PRECHECK_DONE_FACT
from worldtree.core.shown_results import ERROR_ORIGIN_KEY
from worldtree.results.events import Event, EventKind
from worldtree.results.host_reason import HostReason
from worldtree.results.host_status import HostEvidence, decide_host_outcome, output_tail
from worldtree.results.node_status import is_success
from worldtree.results.play_end import PlayEnd, read_play_ends
from worldtree.results.status import HostStatus
from worldtree.results.tree import HostResult, PlayTaskResult

#: ``(node, host)``.
NodeHost = tuple[str, str]

#: The action that restores a state; its message says what it left as it was.
_RESTORE_ACTION = "worldtree.core.restore"
#: What the truth table needs of a task's result.
_KEPT_KEYS = (ERROR_ORIGIN_KEY,)


@dataclass(slots=True)
class _NodeHostState:
    """The state of one node on one host within the run."""

    before: HostResult
    tasks: list[PlayTaskResult] = field(default_factory=list)
    open_task: str | None = None
    done: bool = False
    aborted: bool = False
    #: Ansible began the play's next batch of hosts.
    over: bool = False
    #: Its last Ansible task was the last one of the play for it.
    reached_end: bool = False
    #: Where Ansible reported that it ended.
    end: PlayEnd | None = None
    #: Its last Ansible task failed; a rescue may follow.
    lost_last: bool = False
    #: The message of successful work: what a rollback left.
    remark: str | None = None
    started: float | None = None
    ended: float | None = None
    settled: HostResult | None = None

    @property
    def lost(self) -> bool:
        if self.end is not None:
            return not self.end.is_done
        return not self.reached_end and any(task.is_lost for task in self.tasks)

    @property
    def changed_before(self) -> bool:
        """Whether an earlier try, which did not come to the end, changed something."""
        return self.before.changed and not is_success(self.before.status)

    def status_of_all_tries(self, status: HostStatus) -> HostStatus:
        """Return the status when this try ends with ``status``."""
        return HostStatus.CHANGED if is_success(status) and self.changed_before else status

    def keep_decisive(self, event: Event) -> None:
        """Keep only the ended tasks that the truth table needs: the last loss, the first change.

        These are never more than three.
        """
        status, changed = event.status or "ok", event.status == "changed"
        if HostStatus(status).is_lost and not event.ignored:
            self.tasks = [kept for kept in self.tasks if not kept.is_lost]
        elif (
            self.tasks
            and not (changed and not any(kept.changed for kept in self.tasks))
            and not (status != "skipped" and all(t.status == "skipped" for t in self.tasks))
        ):
            return
        self.tasks.append(
            PlayTaskResult(
                name=event.name or event.action or "",
                status=status,
                changed=changed,
                ignored=event.ignored,
                path=event.path,
                message=event.message,
                stdout=output_tail(event.stdout),
                stderr=output_tail(event.stderr),
                result={key: event.result[key] for key in _KEPT_KEYS if key in event.result},
            )
        )


class AttemptFold:
    """The fold of one run; ``before`` has the result of each node on each host at its start.

    ``unreached`` are the hosts to which the connection check made no connection.
    Without ``keep_tasks`` the results have no Ansible tasks, and memory does not grow with events.
    """

    def __init__(
        self,
        nodes: tuple[str, ...],
        before: Mapping[NodeHost, HostResult],
        *,
        keep_tasks: bool = True,
        unreached: Collection[str] = (),
    ) -> None:
        self._nodes = nodes
        self._unreached = frozenset(unreached)
        self._keep_tasks = keep_tasks
        self._order = {name: place for place, name in enumerate(nodes)}
        self._parts = {pair: _NodeHostState(result) for pair, result in before.items()}
        self._of_node: dict[str, list[str]] = {name: [] for name in nodes}
        for name, host in before:
            self._of_node[name].append(host)
        self._begun: list[str] = []
        #: Hosts with a task in the current batch of the current play.
        self._batch: set[str] = set()
        #: Position of the last node in which a host had a task.
        self._reached: dict[str, int] = {}
        self._aborted: set[str] = set()
        #: Nodes whose plays report the ends of hosts, those of which a batch ended, and those that
        #: ``meta: end_play`` ended.
        self._reporting: set[str] = set()
        self._batch_ended: set[str] = set()
        self._play_ended: set[str] = set()
        self._losses: dict[str, int] | None = None

    def host_result(self, name: str, host: str) -> HostResult:
        """Return the current result of a node on a host. Raises ``KeyError``."""
        part = self._parts[name, host]
        return part.settled if part.settled is not None else self._provisional(name, host)

    def passed(self, name: str) -> bool:
        """Return whether a later node's play began and this one is done on all hosts."""
        if name not in self._begun or self._begun[-1] == name:
            return False
        parts = [self._parts[name, host] for host in self._of_node[name]]
        if name in self._reporting:
            ended = name in self._play_ended or all(part.end is not None for part in parts)
            return ended and not any(part.lost for part in parts)
        return name not in self._aborted and not any(part.lost for part in parts)

    def add(self, event: Event) -> Iterable[NodeHost]:
        """Process an event of the run; return the pairs that it changed."""
        if event.kind is EventKind.PLAY_STARTED:
            return self._play_started(
                event.node or "", reports_end=bool(event.result.get("reports_end"))
            )
        if event.kind is EventKind.PLAY_ENDED:
            return self._hosts_ended(event)
        if event.kind is EventKind.PLAY_ABORTED:
            return self._play_aborted(event.node or "")
        if event.kind is EventKind.RUN_STATS:
            failed, dark = event.result.get("failures", {}), event.result.get("dark", {})
            self._losses = {
                host: failed.get(host, 0) + dark.get(host, 0) for host in {**failed, **dark}
            }
            return ()
        pair = (event.node or "", event.host or "")
        part = self._parts.get(pair)
        if part is None:
            return ()
        if event.kind is EventKind.HOST_TASK_STARTED:
            part.open_task, part.lost_last, part.reached_end = event.name, False, False
            part.started = event.time if part.started is None else part.started
        elif event.kind is EventKind.HOST_TASK_FINISHED:
            self._task_finished(part, event)
        else:
            return ()
        self._batch.add(pair[1])
        self._reached[pair[1]] = max(self._order[pair[0]], self._reached.get(pair[1], 0))
        return (pair,)

    def close(self, event: Event) -> Iterable[NodeHost]:
        """Decide all results at the run's end (ATTEMPT_FINISHED); return all pairs."""
        cut_off = event.status != "finished" or not event.result.get("complete", False)
        unknown = bool(event.result.get("unknown"))
        cancelled = bool(event.result.get("cancelled"))
        if self._gave_up_silently():
            self._play_aborted(self._begun[-1])
        if unknown and self._losses is not None:
            # The closing statistics were written before the machine went down: nothing is missing.
            cut_off = unknown = False
        for name, host in self._parts:
            last = bool(self._begun) and self._begun[-1] == name
            was_cut_off = cut_off and last
            self._settle(name, host, cut_off=was_cut_off, cancelled=cancelled, end=event.time)
            if unknown:
                self._doubt(name, host)
        return tuple(self._parts)

    def _gave_up_silently(self) -> bool:
        """Return whether the whole last batch of hosts was lost: Ansible then begins no other.

        Ansible reports nothing where they were unreachable, unless it reports the ends of hosts.
        """
        if not self._begun or self._begun[-1] in self._reporting:
            return False
        losses = self._losses or {}
        return bool(self._batch) and all(
            self._parts[self._begun[-1], host].lost and losses.get(host) for host in self._batch
        )

    def _doubt(self, name: str, host: str) -> None:
        """Mark a pair without events as cut off, as its events may be lost."""
        part = self._parts[name, host]
        if part.settled is None or part.settled.status is not HostStatus.NOT_RUN or part.end:
            return
        reached = self._nodes[self._reached.get(host, self._order[name])]
        last = self._parts[reached, host].settled
        was_cut_off = last is not None and last.cut_off is not None
        failed = self._is_lost(self._order[reached], host) and not was_cut_off
        if not part.aborted and (reached == name or not failed):
            part.settled = part.settled.model_copy(
                update={
                    "status": HostStatus.FAILED,
                    "message": HostReason.MACHINE_WENT_DOWN.text,
                    "reason": HostReason.MACHINE_WENT_DOWN,
                    "cut_off": "within",
                }
            )

    def _play_started(self, name: str, *, reports_end: bool) -> Iterable[NodeHost]:
        if reports_end:
            self._reporting.add(name)
        for host in self._batch:
            if (part := self._parts.get((name, host))) is not None:
                part.over = True
        self._batch = set()
        if name in self._begun or name not in self._order:
            return ()
        previous = self._begun[-1] if self._begun else None
        self._begun.append(name)
        if previous is None or not self.passed(previous):
            return ()
        pairs = [(previous, host) for host in self._of_node[previous]]
        for pair in pairs:
            self._settle(*pair, cut_off=False, end=None)
        return pairs

    def _hosts_ended(self, event: Event) -> Iterable[NodeHost]:
        name = event.node or ""
        self._batch_ended.add(name)
        if event.result.get("whole"):
            self._play_ended.add(name)
        pairs = []
        for host, end in read_play_ends(event.result).items():
            part = self._parts.get((name, host))
            if part is None:
                continue
            part.end = end
            pairs.append((name, host))
            if end is not PlayEnd.OUT:
                self._reached[host] = max(self._order[name], self._reached.get(host, 0))
        return pairs

    def _play_aborted(self, name: str) -> Iterable[NodeHost]:
        if name in self._reporting:  # The hosts' ends follow.
            return ()
        self._aborted.add(name)
        pairs = [(name, host) for host in self._of_node.get(name, ())]
        for pair in pairs:
            part = self._parts[pair]
            part.aborted = pair[1] in self._batch or not part.tasks
        return pairs

    def _task_finished(self, part: _NodeHostState, event: Event) -> None:
        part.open_task, part.reached_end = None, event.last
        part.lost_last = HostStatus(event.status or HostStatus.OK).is_lost and not event.ignored
        part.ended = event.ended or event.time
        # A task of `meta` has no start, and its end comes before the time of its event.
        part.started = part.started or event.started or part.ended
        if event.action == _RESTORE_ACTION:
            part.remark = event.message
        facts = event.result.get("ansible_facts")
        if isinstance(facts, dict) and PRECHECK_DONE_FACT in facts:
            part.done = facts[PRECHECK_DONE_FACT] in (True, "true", "True")
            if event.status in ("ok", "changed") and set(facts) == {PRECHECK_DONE_FACT}:
                # Part of the emitted play's own logic, not work.
                return
        if not self._keep_tasks:
            part.keep_decisive(event)
            return
        part.tasks.append(
            PlayTaskResult(
                name=event.name or event.action or "",
                action=event.action,
                role=event.role,
                path=event.path,
                status=event.status or "ok",
                changed=event.status == "changed",
                ignored=event.ignored,
                delegated_to=event.delegated_to,
                started=event.started,
                ended=event.ended,
                message=event.message,
                stdout=event.stdout,
                stderr=event.stderr,
                result=event.result,
            )
        )

    def _is_lost(self, place: int, host: str) -> bool:
        part = self._parts[self._nodes[place], host]
        if part.end is not None:
            return not part.end.is_done
        return part.settled.status.is_lost if part.settled is not None else part.lost

    def _lost_before(self, name: str, host: str) -> bool:
        place = self._order[name]
        reached = self._reached.get(host, place)
        return reached < place and self._is_lost(reached, host)

    def _settle(
        self, name: str, host: str, *, cut_off: bool, end: float | None, cancelled: bool = False
    ) -> None:
        part = self._parts[name, host]
        evidence = self._evidence(name, host, cut_off=cut_off, cancelled=cancelled)
        settled = decide_host_outcome(evidence)
        ran = settled.status is not HostStatus.NOT_RUN
        part.settled = HostResult(
            status=part.status_of_all_tries(settled.status),
            changed=part.changed_before or any(task.changed for task in settled.tasks),
            message=settled.message or part.remark,
            reason=settled.reason,
            failure=settled.failure,
            cut_off=settled.cut_off,
            started=part.started,
            ended=part.ended if part.ended is not None or not ran else end,
            attempts=part.before.attempts + ran,
            tasks=settled.tasks if self._keep_tasks else (),
        )

    def _evidence(
        self,
        name: str,
        host: str,
        *,
        cut_off: bool = False,
        cancelled: bool = False,
        in_progress: bool = False,
    ) -> HostEvidence:
        part = self._parts[name, host]
        place = self._order[name]
        return HostEvidence(
            tasks=part.tasks,
            open_task=part.open_task,
            began=name in self._begun,
            reports_end=name in self._reporting,
            end=part.end,
            batch_ended=name in self._batch_ended,
            play_ended=name in self._play_ended,
            lost_before=self._lost_before(name, host),
            began_later_node=self._reached.get(host, place) > place,
            losses=None if self._losses is None else self._losses.get(host, 0),
            aborted=part.aborted,
            cut_off=cut_off,
            cancelled=cancelled,
            done=part.done,
            reached_end=part.reached_end,
            in_progress=in_progress,
            unreached=host in self._unreached,
        )

    def _provisional(self, name: str, host: str) -> HostResult:
        """Return the result to show while the run is in progress."""
        part = self._parts[name, host]
        if part.started is None and part.end is None:
            return HostResult(status=HostStatus.NOT_RUN, attempts=part.before.attempts)
        ended = self._has_ended(name, part)
        settled = decide_host_outcome(self._evidence(name, host, in_progress=not ended))
        return HostResult(
            status=part.status_of_all_tries(settled.status),
            changed=part.changed_before or any(task.changed for task in part.tasks),
            message=settled.message,
            failure=settled.failure,
            started=part.started,
            ended=part.ended if ended else None,
            attempts=part.before.attempts + (settled.status is not HostStatus.NOT_RUN),
            tasks=tuple(part.tasks) if self._keep_tasks else (),
        )

    def _has_ended(self, name: str, part: _NodeHostState) -> bool:
        """Return whether a node has ended on a host, as far as the events show.

        A loss counts as the end until a task follows it, which is a rescue then.
        """
        if part.open_task is not None:
            return False
        later_began = name in self._begun and self._begun[-1] != name
        ended = part.end is not None or part.reached_end or part.over or part.aborted or part.done
        return later_began or ended or part.lost_last
