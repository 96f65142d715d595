"""What the service and the process that compiles tell each other.

An order is JSON. An answer is a line of JSON, which the bundle follows as a tar: it is never read
into memory as a whole.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any, Literal

from worldtree.app.documents.document_policy import DocumentPolicy, policy_data, read_policy_data
from worldtree.core.errors import Diagnostic, Mark, Severity

if TYPE_CHECKING:
    from worldtree.ansible.bundle import Bundle

#: Name of the order's file, in the directory above that of the document.
ORDER_FILE = "order.json"
#: Exit code of a process that has no memory even for its answer.
MEMORY_EXIT = 71
#: How far a document is taken.
Goal = Literal["validate", "plan", "bundle"]


@dataclass(frozen=True)
class CompileOrder:
    """A document to compile and all that the process needs for it."""

    text: str
    #: Name that diagnostics show, and that the document has in its directory: no `/` in it.
    file_name: str = "cluster.yaml"
    goal: Goal = "bundle"
    policy: DocumentPolicy = field(default_factory=DocumentPolicy)
    #: None where the text has one document.
    cluster: str | None = None
    #: Name of the pipeline; None for the one that creates the cluster.
    pipeline: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Fields of ``Selection``.
    selection: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra_vars: Mapping[str, Any] = field(default_factory=dict)
    inventories: tuple[str, ...] = ()
    #: Text of the cluster's document before, for pipelines that compare.
    previous_text: str | None = None
    #: Whether the directory of the document has content that came with the request.
    has_content: bool = False
    #: Facts by host, for pipelines that read them.
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Whether facts are gathered whatever their age, and if no step needs them.
    gathers: bool = False


@dataclass(frozen=True)
class CompileAnswer:
    """What became of a document."""

    #: Errors and warnings, with their places in the text.
    diagnostics: tuple[Diagnostic, ...]
    #: The plan as JSON data; None where there are errors, or only a validation was asked for.
    plan: Mapping[str, Any] | None = None
    #: An open file, which is at the beginning of the bundle as an uncompressed tar, and which the
    #: caller closes; None where no bundle was asked for, or there are errors.
    bundle: IO[bytes] | None = None
    #: Numbers of its hosts and nodes; None where there are errors.
    size: tuple[int, int] | None = None

    @property
    def has_errors(self) -> bool:
        """Whether the document cannot be used."""
        return any(one.is_error for one in self.diagnostics)


def order_data(order: CompileOrder) -> dict[str, Any]:
    """Return ``order`` as JSON data."""
    data = {name: getattr(order, name) for name in order.__dataclass_fields__}
    return {**data, "policy": policy_data(order.policy)}


def read_order(data: Mapping[str, Any]) -> CompileOrder:
    """Return the order that ``order_data`` gave."""
    return CompileOrder(
        **{
            **data,
            "policy": read_policy_data(data["policy"]),
            "inventories": tuple(data["inventories"]),
            "selection": {name: tuple(value) for name, value in data["selection"].items()},
        }
    )


def answer_data(answer: CompileAnswer) -> dict[str, Any]:
    """Return ``answer`` as JSON data, with the number of bytes in place of the bundle."""
    size = None
    if answer.bundle is not None:
        place = answer.bundle.tell()
        size = answer.bundle.seek(0, os.SEEK_END) - place
        answer.bundle.seek(place)
    return {
        "diagnostics": [asdict(one) for one in answer.diagnostics],
        "plan": answer.plan,
        "bundle": size,
        "size": answer.size,
    }


def write_answer(data: Mapping[str, Any], bundle: IO[bytes] | None, file: IO[bytes]) -> None:
    """Write an answer, or why there is none, and what follows it."""
    file.write(json.dumps(data).encode() + b"\n")
    if bundle is not None:
        shutil.copyfileobj(bundle, file)


def read_answer(data: Any, rest: IO[bytes]) -> CompileAnswer:
    """Return the answer that ``answer_data`` gave, with the bundle that ``rest`` has.

    Raises ``ValueError`` for other data.
    """
    try:
        size, plan = data["bundle"], data["plan"]
        if not (plan is None or isinstance(plan, dict)):
            raise ValueError("the plan is no mapping")
        place = rest.tell()
        found = rest.seek(0, os.SEEK_END) - place
        rest.seek(place)
        if found != (size or 0):
            raise ValueError("the bundle has another size")
        return CompileAnswer(
            tuple(_read_diagnostic(one) for one in data["diagnostics"]),
            plan,
            None if size is None else rest,
            _read_size(data["size"]),
        )
    except (AttributeError, KeyError, TypeError) as problem:
        raise ValueError("the answer has another form") from problem


def _read_size(data: Any) -> tuple[int, int] | None:
    if data is None:
        return None
    hosts, nodes = data
    return int(hosts), int(nodes)


def _read_diagnostic(data: Mapping[str, Any]) -> Diagnostic:
    mark, path, part = data["mark"], data["path"], data["part"]
    texts = (data[name] for name in ("slug", "summary", "detail", "hint", "subject"))
    if not all(isinstance(one, str) for one in texts):
        raise ValueError("a diagnostic has no text")
    return Diagnostic(
        **{
            **data,
            "severity": Severity(data["severity"]),
            "mark": None if mark is None else Mark(**mark),
            "path": None if path is None else tuple(path),
            "part": None if part is None else (int(part[0]), str(part[1])),
        }
    )


def bundle_archive(bundle: Bundle) -> IO[bytes]:
    """Return the files and links of a bundle as a tar; equal bundles give equal bytes.

    The process that compiles has it in memory, within its limit.
    """
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, file in sorted(bundle.files.items()):
            entry, content = tarfile.TarInfo(path), file.read()
            entry.size, entry.mode = len(content), file.mode
            archive.addfile(entry, io.BytesIO(content))
        for path, target in sorted(bundle.links.items()):
            entry = tarfile.TarInfo(path)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    found.seek(0)
    return found
