"""The order to compile a pipeline: what a request asks for, and the state of its cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from worldtree.app.documents.compile_exchange import CompileOrder
from worldtree.app.documents.document_text import DOCUMENT_NAME
from worldtree.plan.pipeline_request import PipelineRequest

if TYPE_CHECKING:
    from worldtree.app.approvals.plan_state import PlanInputs
    from worldtree.app.documents.compile_exchange import Goal
    from worldtree.app.documents.document_policy import DocumentPolicy
    from worldtree.app.tasks.asked_work import AskedPipeline


def plan_order(
    asked: AskedPipeline, text: str, goal: Goal, policy: DocumentPolicy, inputs: PlanInputs
) -> CompileOrder:
    """Return the order for a document (its ``text``) that may do what ``policy`` allows."""
    pipeline = PipelineRequest(asked.pipeline, asked.parameters)
    return pipeline_order(pipeline, asked.selection.model_dump(), text, goal, policy, inputs)


def pipeline_order(
    pipeline: PipelineRequest,
    selection: Mapping[str, Iterable[str]],
    text: str,
    goal: Goal,
    policy: DocumentPolicy,
    inputs: PlanInputs,
) -> CompileOrder:
    """Return the order of ``plan_order`` for fields of a selection; empty ones choose nothing."""
    return CompileOrder(
        text,
        DOCUMENT_NAME,
        goal,
        policy,
        pipeline=pipeline.name,
        parameters=pipeline.parameters,
        selection={name: tuple(value) for name, value in selection.items() if value},
        previous_text=inputs.previous_text,
        facts=inputs.facts,
    )
