"""The order to compile a pipeline: what a request asks for, and the state of its cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worldtree.app.documents.compile_exchange import CompileOrder
from worldtree.app.documents.document_text import DOCUMENT_NAME

if TYPE_CHECKING:
    from worldtree.app.approvals.plan_state import PlanInputs
    from worldtree.app.documents.compile_exchange import Goal
    from worldtree.app.documents.document_policy import DocumentPolicy
    from worldtree.app.tasks.asked_work import AskedPipeline


def plan_order(
    asked: AskedPipeline, text: str, goal: Goal, policy: DocumentPolicy, inputs: PlanInputs
) -> CompileOrder:
    """Return the order for a document (its ``text``) that may do what ``policy`` allows."""
    return CompileOrder(
        text,
        DOCUMENT_NAME,
        goal,
        policy,
        pipeline=asked.pipeline,
        parameters=asked.parameters,
        selection={
            name: tuple(value) for name, value in asked.selection.model_dump().items() if value
        },
        previous_text=inputs.previous_text,
        facts=inputs.facts,
    )
