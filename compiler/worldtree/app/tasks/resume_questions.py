"""Questions before a task is continued: whether to, and what became of uncertain work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from worldtree.app.tasks.task_requests import DoubtAnswer
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.core.text import and_more
from worldtree.engine.prior_results import NodeHost, PriorResult
from worldtree.engine.resume_plan import ResumePlan, UncertainWork
from worldtree.plan.plan import Plan
from worldtree.results.status import HostStatus

#: Most pieces of uncertain work that a refusal names.
_MAX_UNCERTAIN = 5
#: Answer for all uncertain work -> what for.
_ANSWERS: Mapping[DoubtAnswer, str] = {
    "done": "take it for done",
    "rerun": "run it again",
    "fail": "take it for failed",
}


@dataclass(frozen=True)
class ResumeQuestions:
    """What a caller is asked before a task is continued."""

    #: Gets what will be reused and what will run; returns False to refuse.
    confirm: Callable[[Plan, ResumePlan], bool] = lambda _plan, _outlook: True
    #: Answers for one piece of uncertain work; None where nobody can be asked.
    decide: Callable[[UncertainWork], DoubtAnswer] | None = None


@dataclass(frozen=True, slots=True)
class ResumeAnswers:
    """What was confirmed and answered, and about which plan for the rest."""

    outlook: ResumePlan
    known: Mapping[NodeHost, PriorResult]

    def refuse_other(self, outlook: ResumePlan, task: str) -> None:
        """Raise ``RefusedError`` if another task has changed what is left to do."""
        if outlook != self.outlook:
            raise RefusedError(
                f"what is left to do of task {task} has changed since it was shown",
                code="plan-outdated",
                hint="another task worked on the cluster meanwhile; run the command again",
            )


def ask_to_resume(
    task: str,
    plan: Plan,
    outlook: ResumePlan,
    observer: TaskObserver,
    questions: ResumeQuestions,
    if_in_doubt: DoubtAnswer | None,
) -> ResumeAnswers:
    """Have a person confirm, and answer for uncertain work. Raises ``RefusedError``."""
    with observer.question():
        if not questions.confirm(plan, outlook):
            raise RefusedError(f"continuing task {task} was not confirmed", code="not-confirmed")
        doubts = _resolve_doubts(task, outlook.uncertain, questions, if_in_doubt)
        known = {**outlook.reused, **doubts}
    return ResumeAnswers(outlook, known)


def _resolve_doubts(
    task: str,
    doubts: Collection[UncertainWork],
    questions: ResumeQuestions,
    if_in_doubt: DoubtAnswer | None,
) -> dict[NodeHost, PriorResult]:
    """Return results for all uncertain work. Raises ``RefusedError`` if nobody can be asked."""
    if doubts and if_in_doubt is None and questions.decide is None:
        work = [f"{one.node} on {one.host} ({one.why})" for one in doubts]
        named = and_more(work, _MAX_UNCERTAIN, separator="; ")
        raise RefusedError(
            f"task {task} was interrupted in work that may already have taken effect: {named}",
            code="interrupted-work-uncertain",
            hint="check the hosts, then choose; `policy: {onInterrupted: …}` in the document "
            "chooses in advance",
            next_steps=[
                NextStep("resume", task, purpose, {"interrupted": answer})
                for answer, purpose in _ANSWERS.items()
            ],
        )
    found: dict[NodeHost, PriorResult] = {}
    for doubt in doubts:
        answer = if_in_doubt or (questions.decide(doubt) if questions.decide else "fail")
        if answer == "done":
            why = "assumed done: it may already have taken effect"
            found[doubt.node, doubt.host] = PriorResult(HostStatus.CHANGED, why)
        elif answer == "fail":
            found[doubt.node, doubt.host] = PriorResult(HostStatus.FAILED, doubt.text)
    return found
