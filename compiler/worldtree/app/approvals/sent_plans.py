"""Compiles documents that were sent, of the state of their clusters, and stores nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worldtree.app.approvals.plan_orders import plan_order
from worldtree.app.approvals.plan_state import plan_inputs
from worldtree.app.documents.compile_exchange import CompileAnswer, Goal
from worldtree.app.documents.document_text import read_document
from worldtree.app.documents.isolated_compile import IsolatedCompiler
from worldtree.core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from worldtree.app.documents.document_policy import DocumentPolicy
    from worldtree.app.tasks.asked_work import AskedCompile
    from worldtree.store.store import Store


def compile_sent(
    store: Store,
    asked: AskedCompile,
    policy: DocumentPolicy,
    content: bytes | None = None,
    *,
    scratch: Path,
) -> CompileAnswer:
    """Return plan, warnings and, where it is asked for, the bundle of a document.

    It is compiled in a process of its own, which writes below ``scratch``. ``content`` is a tar
    with what lies beside it. Raises ``InputError`` for what is wrong in it, and ``RefusedError``
    for several documents, and for one that meets a limit of that process. The caller closes the
    bundle.
    """
    # What is no Unicode is an error of the document.
    document = read_document(asked.document.encode(errors="surrogatepass"), is_json=False)
    inputs = plan_inputs(store, asked.pipeline, document.cluster)
    goal: Goal = "bundle" if asked.bundle else "plan"
    order = plan_order(asked, document.text, goal, policy, inputs)
    answer = IsolatedCompiler(scratch=scratch).compile(order, content)
    if answer.has_errors or answer.plan is None:
        raise InputError(list(answer.diagnostics))
    return answer
