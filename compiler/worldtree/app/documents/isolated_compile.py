"""Compiles untrusted documents in a process of their own, with limits and without secrets.

The process has an empty directory with the document, an environment of three variables, limits on
time, memory, files and output, and a group of its own, which is ended as a whole.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

from worldtree.app.content.archive_limits import PLAIN_TAR_LIMITS
from worldtree.app.content.archive_reader import unpack_archive
from worldtree.app.documents.compile_exchange import (
    MEMORY_EXIT,
    ORDER_FILE,
    CompileAnswer,
    CompileOrder,
    order_data,
    read_answer,
)
from worldtree.app.documents.compile_limits import CompileLimits
from worldtree.core.disk_space import is_disk_full
from worldtree.core.errors import RefusedError
from worldtree.core.limited_process import ABORT, LimitedResult, run_limited
from worldtree.core.unnamed_files import temporary_file_error

_CHILD = (sys.executable, "-I", "-m", "worldtree.app.documents.compile_child")
_FILE_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
_LIMITS = {
    "memory": "needs more memory than the service allows",
    "nesting": "is nested too deeply",
    "cpu": "needs more CPU time than the service allows",
    "wall": "takes longer than the service allows",
    "output": "gives a larger result than the service allows",
    "document": "is larger than the service allows",
}


class IsolatedCompiler:
    """Starts a process per document; may be used by several threads at once.

    ``scratch`` is a directory for the processes' own directories; by default the system's.
    """

    def __init__(self, limits: CompileLimits | None = None, *, scratch: Path | None = None) -> None:
        self._limits, self._scratch = limits or CompileLimits(), scratch

    def compile(self, order: CompileOrder, content: bytes | None = None) -> CompileAnswer:
        """Return what became of the document; what is wrong with it is in the diagnostics.

        ``content`` is a tar with what lies beside the document. Raises ``RefusedError``:
        `compile-limit` where the process met a limit, `compile-failed` where it ended without an
        answer. Raises ``StoreError`` where the disk of ``scratch`` is full.
        """
        try:
            return self._compile(order, content)
        except OSError as problem:
            if not is_disk_full(problem):
                raise
            raise temporary_file_error(
                self._scratch or Path(tempfile.gettempdir()), problem
            ) from problem

    def _compile(self, order: CompileOrder, content: bytes | None) -> CompileAnswer:
        size = len(order.text.encode("utf-8", errors="surrogatepass"))
        if size > self._limits.document_bytes:
            raise _limit("document")
        with tempfile.TemporaryDirectory(prefix="worldtree-compile-", dir=self._scratch) as name:
            place = Path(name)
            documents = self._prepared(place, order, content)
            # No directory has it, so that it is gone when the caller closes the bundle in it.
            output = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115
            try:
                found = run_limited(
                    _CHILD,
                    directory=documents,
                    environ={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(place / "home")},
                    wall_seconds=self._limits.wall_seconds,
                    output_bytes=self._limits.output_bytes,
                    output=output,
                )
                answer = _answer(found, output)
            except BaseException:  # Nobody else can close it then.
                output.close()
                raise
        if answer.has_errors or answer.bundle is None:
            output.close()
            return replace(answer, bundle=None)
        return answer

    def _prepared(self, place: Path, order: CompileOrder, content: bytes | None) -> Path:
        """Write the order and the document below ``place``; return the document's directory."""
        if not _FILE_NAME.fullmatch(order.file_name):
            raise ValueError("the file name of a document is one name")
        documents = place / "document"
        documents.mkdir()
        (place / "home").mkdir()
        if content is not None:
            unpack_archive(io.BytesIO(content), documents, PLAIN_TAR_LIMITS)
        _write_document(documents / order.file_name, order.text)
        # The process reads the document from its file.
        data = {**order_data(order), "text": "", "has_content": content is not None}
        given = {"limits": asdict(self._limits), "order": data, "place": str(place)}
        (place / ORDER_FILE).write_text(json.dumps(given), encoding="utf-8")
        return documents


def _write_document(file: Path, text: str) -> None:
    """Write the text of a document, also in the place of a file that the content has there."""
    if file.is_dir() and not file.is_symlink():
        raise RefusedError(
            f"the content has a directory where the document is to be: `{file.name}`",
            code="archive-invalid",
            hint="give the directory another name",
        )
    file.unlink(missing_ok=True)
    file.write_bytes(text.encode("utf-8", errors="surrogatepass"))


def _answer(found: LimitedResult, output: IO[bytes]) -> CompileAnswer:
    """Return the answer that a process wrote; raises ``RefusedError`` if there is none."""
    if found.ending in _LIMITS:
        raise _limit(found.ending)
    # The interpreter aborts where it has no memory left for an exception.
    if (found.ending, found.code) in (("exit", MEMORY_EXIT), ("signal", ABORT)):
        raise _limit("memory")
    if found.ending != "exit" or found.code != 0:
        kind = "exit code" if found.ending == "exit" else "signal"
        raise _failed(f"its process ended with {kind} {found.code}")
    try:
        output.seek(0)
        data = json.loads(output.readline())
        if isinstance(data, dict) and data.get("limit") in _LIMITS:
            raise _limit(data["limit"])
        if isinstance(data, dict) and "failed" in data:
            raise _failed(str(data["failed"]))
        return read_answer(data, output)
    except (ValueError, RecursionError):
        raise _failed("its process gave no valid answer") from None


def _limit(which: str) -> RefusedError:
    return RefusedError(
        f"the document {_LIMITS[which]}",
        code="compile-limit",
        hint="make the document smaller, or ask the operator for higher limits",
    )


def _failed(reason: str) -> RefusedError:
    return RefusedError(
        f"the document could not be compiled: {reason}",
        code="compile-failed",
        hint="check the document on a machine of your own; if it compiles there, report this",
    )
