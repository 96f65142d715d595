"""Which document of a file is meant: each describes one cluster, and `--cluster` names one."""

from __future__ import annotations

from collections.abc import Sequence

from worldtree.core.errors import Diagnostic, InputError
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.document import Document

_NAME = ("metadata", "name")


def choose_document(documents: Sequence[Document], cluster: str | None) -> Document:
    """Return the document of ``cluster``, or the only one; raises ``InputError``."""
    names = [cluster_name(document) for document in documents]
    if cluster is None and len(documents) == 1:
        return documents[0]
    repeated = [one for one in repeated_names(documents) if cluster in (None, one.subject)]
    if repeated:
        raise InputError(repeated)
    listed = ", ".join(f"`{name}`" for name in names)
    if cluster is None:
        raise _cluster_not_chosen(
            f"{documents[0].file} contains {len(documents)} clusters",
            detail=f"They are {listed}.",
            hint=f"choose one with `--cluster {names[0]}`",
        )
    if cluster not in names:
        raise _cluster_not_chosen(
            f"--cluster {cluster}: {documents[0].file} does not contain the cluster `{cluster}`",
            detail=f"It contains {listed}.",
            hint=did_you_mean(cluster, names),
        )
    return documents[names.index(cluster)]


def repeated_names(documents: Sequence[Document]) -> list[Diagnostic]:
    """Return an error, with its mark, for each document whose cluster an earlier one describes."""
    first: dict[str, Document] = {}
    found: list[Diagnostic] = []
    for document in documents:
        name = cluster_name(document)
        earlier = first.setdefault(name, document)
        if name and earlier is not document:
            problem = Diagnostic(
                "duplicate-cluster",
                f"the cluster `{name}` is already described at {earlier.mark(_NAME)}",
                "Each document describes a cluster of its own; `--cluster` chooses by name.",
                "give one of them another name, or join the two documents",
                path=_NAME,
                subject=name,
            )
            found.extend(document.locate([problem]))
    return found


def cluster_name(document: Document) -> str:
    """Return the name of a document's cluster, which may be invalid; empty without one."""
    data = document.data if isinstance(document.data, dict) else {}
    metadata = data.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def _cluster_not_chosen(summary: str, *, detail: str, hint: str) -> InputError:
    return InputError([Diagnostic("cluster-not-chosen", summary, detail, hint)])
