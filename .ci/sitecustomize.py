"""Compiles each module of a zip file once per environment, instead of at every import.

Ansible sends a module with its imports to a host as a zip file of sources. Python compiles them
again in each process, which is half of the processor time of a module that does little.
`.ci/bootstrap.py` copies this file into the environments that it creates, whose interpreters load
it when they start; no other environment has it. Code is kept in the environment's
directory ``zip-code``, by a digest of its source.
"""

from __future__ import annotations

import _imp
import marshal
import os
import sys
import zipimport
from importlib.util import MAGIC_NUMBER
from types import CodeType

_KEPT = os.path.join(sys.prefix, "zip-code")  # noqa: PTH118  # Each start would import pathlib.
_KEY = int.from_bytes(MAGIC_NUMBER, "little")
# Only this private function of zipimport compiles, and type stubs have no private names.
_compile = zipimport._compile_source  # type: ignore[attr-defined]


def compile_source(path: str, source: bytes) -> CodeType:
    """Return the code of ``source`` as imported from ``path``, as zipimport compiles it."""
    digest = _imp.source_hash(_KEY, source).hex()
    kept = f"{_KEPT}/{digest}-{len(source)}"
    try:
        with open(kept, "rb") as file:  # noqa: PTH123  # As above.
            code: CodeType = marshal.load(file)
    except (OSError, EOFError, ValueError, TypeError):
        code = _compile(path, source)
        _keep(code, kept)
    else:
        # Tracebacks name the file from which this process imports it. Type stubs lack it.
        _imp._fix_co_filename(code, path)  # type: ignore[attr-defined]
    return code


def _keep(code: CodeType, place: str) -> None:
    """Write ``code`` for later processes; without the rights to do so, they compile it again."""
    partial = f"{place}.{os.getpid()}"
    try:
        os.makedirs(_KEPT, exist_ok=True)  # noqa: PTH103  # As above.
        with open(partial, "wb") as file:  # noqa: PTH123  # As above.
            marshal.dump(code, file)
        os.replace(partial, place)  # noqa: PTH105  # As above.
    except OSError:
        pass


# As above: type stubs have no private names.
zipimport._compile_source = compile_source  # type: ignore[attr-defined]
