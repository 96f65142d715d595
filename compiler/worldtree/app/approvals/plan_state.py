"""What a plan was made from, as digests, and what of it has changed since.

An approval is bound to the digests of document, plan, bundle and inventory, which never change for
one plan. The others name what the plan assumes of the cluster; they are compared with what is now.
So is the policy that it was compiled under: what was withdrawn since is not run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from worldtree.app.documents.document_policy import DocumentPolicy, policy_data, read_policy_data
from worldtree.app.documents.pipeline_inputs import last_whole_task
from worldtree.app.documents.policy.prefixes import exceeding_settings
from worldtree.app.hosts.fact_store import facts_only
from worldtree.catalog.pipeline_registry import pipeline_named
from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worldtree.store.documents import DocumentVersion
    from worldtree.store.proposals import ProposalRecord
    from worldtree.store.store import Store


@dataclass(frozen=True)
class PlanInputs:
    """What a pipeline gets of the state of a cluster besides the document."""

    #: The last task that put a whole document into effect, and that document; for pipelines that
    #: compare.
    previous_task: str | None = None
    previous_text: str | None = None
    #: Facts by host; for pipelines that read them.
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def plan_inputs(store: Store, pipeline: str, cluster: str) -> PlanInputs:
    """Return what ``pipeline`` gets now.

    Raises ``InputError`` for an unknown pipeline, and ``RefusedError`` where the document before is
    not known.
    """
    definition = pipeline_named(pipeline)
    task = text = None
    if definition.takes_previous and (record := last_whole_task(store, cluster)) is not None:
        if record.document is None:
            raise RefusedError(
                f"the document of task {record.id}, with which the pipeline compares, is unknown",
                code="task-document-unknown",
                hint="apply the document that is in effect first",
            )
        task, text = record.id, store.document(record.document).body
    facts = {}
    if definition.takes_facts:
        facts = {host: facts_only(one.body) for host, one in store.facts(cluster).items()}
    return PlanInputs(task, text, facts)


def plan_digests(
    store: Store,
    plan: Plan,
    document: DocumentVersion,
    inputs: PlanInputs,
    *,
    bundle: str,
    only_changed: bool,
) -> dict[str, str]:
    """Return the digests of a plan; ``bundle`` is that of its files."""
    found = {
        "document": document.digest,
        "plan": sha256(plan.model_dump_json().encode()).hexdigest(),
        "bundle": bundle,
        "inventory": _inventory(plan),
        "wanted": _wanted(store, document.cluster),
        "previous": inputs.previous_task or "",
    }
    if inputs.facts:
        found["facts"] = _digest(inputs.facts)
    if only_changed:
        # What is left out depends on what is done.
        found["state"] = _last_begun(store, document.cluster)
    return found


def kept_policy(policy: DocumentPolicy) -> dict[str, Any]:
    """Return what a policy allows, as the request of a plan that is made under it keeps it.

    Which workers may take the task is not part of it: that is asked when one takes it.
    """
    data = policy_data(policy)
    return {name: value for name, value in data.items() if value and name != "worker_tags"}


def changes_since(store: Store, record: ProposalRecord, policy: DocumentPolicy | None) -> list[str]:
    """Return what has changed since a plan was made, each in a few words.

    ``policy`` is what is in effect now, None where that is not known; one that allows more is no
    change.
    """
    digests, cluster = record.digests, record.cluster
    found = []
    if record.files is None or record.plan is None:
        found.append("bundle: it was pruned")
    if (wanted := _wanted(store, cluster)) != digests["wanted"]:
        version = store.wanted_document(cluster)
        which = "none" if version is None else f"version {version.version} ({wanted[:12]})"
        found.append(f"document: the wanted one of cluster `{cluster}` is {which} now")
    pipeline = record.request["work"]["pipeline"]
    if pipeline_named(pipeline).takes_previous:
        last = last_whole_task(store, cluster)
        if (task := "" if last is None else last.id) != digests["previous"]:
            found.append(f"previous document: that of {f'task {task}' if task else 'none'} now")
    if "facts" in digests:
        facts = {host: facts_only(one.body) for host, one in store.facts(cluster).items()}
        if _digest(facts) != digests["facts"]:
            found.append("facts: hosts have others now")
    if "state" in digests and (task := _last_begun(store, cluster)) != digests["state"]:
        found.append(f"state: task {task} has worked on the cluster")
    # Plans of earlier versions do not say under which one they were made.
    before = record.request.get("policy")
    if before is not None and policy is not None:
        names = exceeding_settings(read_policy_data(before), policy)
        if words := ", ".join(f"`{name}`" for name in names):
            found.append(f"policy: it allows less than when the plan was made: {words}")
    return found


def void_plan(record: ProposalRecord, changes: list[str] | tuple[str, ...]) -> RefusedError:
    """Return the error for a plan that is void because of ``changes``."""
    return RefusedError(
        f"plan {record.id} is void, changed since: {'; '.join(changes)}",
        code="plan-void",
        hint="request a plan of the present state",
        next_steps=[NextStep("request-plan", record.cluster, "request a new plan")],
    )


def _wanted(store: Store, cluster: str) -> str:
    found = store.wanted_document(cluster)
    return "" if found is None else found.digest


def _last_begun(store: Store, cluster: str) -> str:
    return next((one.id for one in store.list_tasks(cluster, 1, begun=True)), "")


def _inventory(plan: Plan) -> str:
    data = plan.model_dump(mode="json", include={"hosts", "groups", "inventories", "unlisted"})
    return _digest(data)


def _digest(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()
