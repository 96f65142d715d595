"""The process that compiles one untrusted document; it is run with ``python -m``.

Its working directory has the document, and the directory above has the order. It sets limits on
itself before it looks at the document, and writes one line of JSON and the bundle to its standard
output. It opens no database and has no environment of the service.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from worldtree.app.documents.compile_exchange import (
    MEMORY_EXIT,
    ORDER_FILE,
    CompileAnswer,
    CompileOrder,
    answer_data,
    bundle_archive,
    read_order,
    write_answer,
)
from worldtree.app.documents.compile_limits import CompileLimits, apply_limits
from worldtree.app.documents.document_policy import check_document, check_policy
from worldtree.core.errors import InputError, WorldTreeError
from worldtree.core.file_sandbox import restrict_files
from worldtree.core.resources import (
    core_collection_dir,
    roles_dir,
    templates_dir,
    vendored_collections_dir,
)


def carry_out(order: CompileOrder) -> CompileAnswer:
    """Return what becomes of the document in the working directory."""
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.app.documents.document_service import choose_document, load_documents

    try:
        request = DocumentRequest(
            Path(order.file_name), order.cluster, order.extra_vars, order.inventories
        )
        documents = load_documents(request)
        refused = [one for each in documents for one in check_document(each, order.policy)]
        if refused:
            return CompileAnswer(tuple(refused))
        if order.goal == "validate" and order.cluster is None:
            return _validated(order, documents)
        return _compiled(order, choose_document(documents, order.cluster))
    except InputError as problem:
        return CompileAnswer(tuple(problem.diagnostics))


def _validated(order: CompileOrder, documents: list[Any]) -> CompileAnswer:
    from worldtree.app.documents.cluster_choice import repeated_names

    found = repeated_names(documents)
    size = None
    for document in documents:
        try:
            answer = _compiled(order, document)
        except InputError as problem:
            found.extend(problem.diagnostics)
        else:
            found.extend(answer.diagnostics)
            size = answer.size
    return CompileAnswer(tuple(found), size=size)


def _compiled(order: CompileOrder, document: Any) -> CompileAnswer:
    from worldtree.app.documents.cluster_choice import cluster_name
    from worldtree.compile.compiler import compile_plan, plan_document
    from worldtree.compile.gathering import gather_always
    from worldtree.compile.previous_document import PreviousDocument
    from worldtree.compile.selection import Selection
    from worldtree.plan.pipeline_request import PipelineRequest
    from worldtree.spec.load import load_text

    pipeline = PipelineRequest()
    if order.pipeline is not None:
        pipeline = replace(pipeline, name=order.pipeline)
    previous = None
    if order.previous_text is not None:
        before = load_text(order.previous_text, order.file_name)
        same = [one for one in before if cluster_name(one) == cluster_name(document)]
        previous = PreviousDocument(same[0]) if same else None
    if order.gathers:
        gather_always(document.data)
    planned = plan_document(
        document,
        pipeline=replace(pipeline, parameters=order.parameters),
        selection=Selection(**order.selection),
        previous=previous,
        facts=order.facts,
        with_never=order.goal == "validate",
    )
    # The bundle is made for every goal: files that are missing, and plays, are judged then.
    compiled = compile_plan(planned)
    refused = check_policy(compiled, order.policy, confined=order.has_content)
    if refused:
        return CompileAnswer(tuple(refused))
    if order.goal == "validate":
        plan = planned.plan
        return CompileAnswer(compiled.diagnostics, size=(len(plan.hosts), len(plan.graph.nodes)))
    return CompileAnswer(
        compiled.diagnostics,
        planned.plan.model_dump(mode="json"),
        bundle_archive(compiled.bundle) if order.goal == "bundle" else None,
    )


def _restrict(order: CompileOrder, place: Path) -> None:
    """Let this process read its document, the program and its content, as far as Linux allows it.

    ``place`` is the directory above that of the document. A policy by which documents read other
    files, or use code of this machine, leaves the process unrestricted; not so one that allows
    content which came with the request.
    """
    policy = order.policy
    is_code_here = policy.own_content and not order.has_content
    if policy.reads_files or is_code_here or policy.inventories or policy.ansible_config:
        return
    readable = [
        *map(Path, ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime")),
        *map(Path, ("/dev/urandom", sys.prefix, sys.base_prefix)),
        *(Path(one) for one in sys.path if one),
        *(roles_dir(), templates_dir(), core_collection_dir(), vendored_collections_dir()),
        place / "document",
    ]
    restrict_files(readable, [place / "home", Path("/dev/null")])


def main() -> None:
    """Read the order, carry it out, and write the answer or which limit was met."""
    given = json.loads((Path("..") / ORDER_FILE).read_bytes())
    # Whatever else is printed does not get into the answer.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    write_answer(*_found(given), answer)
    answer.flush()


def _found(given: Mapping[str, Any]) -> tuple[dict[str, Any], IO[bytes] | None]:
    """Return the answer as JSON data, or why there is none, and the bundle."""
    status = os.open("/proc/self/status", os.O_RDONLY)  # It cannot be opened later.
    try:
        apply_limits(CompileLimits(**given["limits"]))
        order = read_order(given["order"])
        _restrict(order, Path(given["place"]))
        found = carry_out(order)
        return answer_data(found), found.bundle
    except RecursionError:
        return {"limit": "nesting"}, None
    except OSError as problem:
        if problem.errno in (errno.ENOMEM, errno.EFBIG):
            return {"limit": "memory"}, None
        return {"failed": f"{type(problem).__name__}: {os.strerror(problem.errno or 0)}"}, None
    except WorldTreeError as problem:
        return {"failed": problem.message}, None
    except MemoryError:
        raise
    except Exception as problem:  # The caller gets the kind, and no text of the document.
        # The loader of libraries and code in C report a lack of memory in ways of their own.
        if _peak_memory(status) > given["limits"]["memory_bytes"] * 3 // 4:
            return {"limit": "memory"}, None
        return {"failed": type(problem).__name__}, None


def _peak_memory(status: int) -> int:
    """Return the largest size of the address space so far, in bytes, from an open status file."""
    text = os.pread(status, 8192, 0).decode("ascii", errors="replace")
    _, _, rest = text.partition("VmPeak:")
    return int(rest.split(maxsplit=1)[0]) * 1024


if __name__ == "__main__":
    try:
        main()
    except MemoryError:
        os._exit(MEMORY_EXIT)
