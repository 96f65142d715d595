"""The manifest of a bundle: the plan in ``plan.json``, all digests in ``digests.json``; versioned.

They are apart for those who review a bundle: one changed variable is one line of the plan, and
changes the digests of nodes, hosts and files. Version 1 had both in ``plan.json``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from worldtree.ansible.bundle.emit.bundle import Bundle, BundleFile
from worldtree.ansible.content.file_modes import EXECUTABLE_MODE, REGULAR_MODE, compared_mode
from worldtree.core.errors import Diagnostic, InputError, RefusedError
from worldtree.core.format_versions import Format
from worldtree.plan.digests import digest
from worldtree.plan.plan import Plan
from worldtree.plan.versions import plan_from_data

#: Name of the plan's file; its presence is what makes a directory a bundle.
MANIFEST_FILE = "plan.json"
#: Name of the file with the digests.
DIGEST_FILE = "digests.json"
MANIFEST_FILES = frozenset({MANIFEST_FILE, DIGEST_FILE})
_KIND = "worldtree-bundle"
#: Parts of the plan that are in the file of digests.
_PLAN_DIGESTS = ("digests", "node_digests", "pair_digests")
#: Longest list that is written on one line.
_LINE = 100


def _with_modes(data: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest of version 1, which knew the executable bit only, as version 2 has it."""
    executable = data.pop("executable")
    return {**data, "modes": dict.fromkeys(executable, _mode_text(EXECUTABLE_MODE))}


def _mode_text(mode: int) -> str:
    return f"{mode:04o}"


#: The plan inside has a version of its own. The digest is over the fields as they were written, and
#: is checked before an upgrade.
MANIFEST_FORMAT = Format(
    f"a bundle's {MANIFEST_FILE}",
    (_with_modes,),
    hint="use the version of WorldTree that compiled it, or compile it again with `wt compile`",
)


@dataclass(frozen=True, slots=True)
class BundleProblem:
    """One file that differs from the manifest."""

    path: str
    #: ``edited``, ``missing``, ``extra``, ``unreadable``, or how its mode differs.
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of both files."""

    #: Path -> sha256 (hex).
    files: Mapping[str, str]
    #: The modes of ``files``, as ``compared_mode`` has them, other than 0644.
    modes: Mapping[str, int]
    #: Path of a symbolic link -> its target.
    links: Mapping[str, str]
    #: The plan as data, as in ``Plan.model_dump(mode="json")``.
    plan: Mapping[str, Any]
    #: The sha256 (hex) over all of the above: names the bundle.
    digest: str


def manifest_files(
    plan: Plan, files: Mapping[str, BundleFile], links: Mapping[str, str]
) -> dict[str, BundleFile]:
    """Return both files of the manifest of a bundle with these files and links."""

    @cache
    def texts() -> dict[str, str]:
        return _manifest_texts(plan, files, links)

    def text_of(name: str) -> Callable[[], str]:
        return lambda: texts()[name]

    return {name: BundleFile(text_of(name)) for name in (DIGEST_FILE, MANIFEST_FILE)}


def _manifest_texts(
    plan: Plan, files: Mapping[str, BundleFile], links: Mapping[str, str]
) -> dict[str, str]:
    planned = _plan_data(plan)
    head = {"kind": _KIND, "version": MANIFEST_FORMAT.version}
    derived = {
        "files": {path: file.digest for path, file in sorted(files.items())},
        "modes": {path: _mode_text(mode) for path, mode in file_modes(files).items()},
        "links": dict(sorted(links.items())),
    }
    whole = digest({**head, **derived, "plan": planned})
    digests = {key: planned.pop(key) for key in _PLAN_DIGESTS if key in planned}
    texts = {
        DIGEST_FILE: {**derived, "plan": digests, "digest": whole},
        MANIFEST_FILE: {**head, "plan": planned},
    }
    return {name: _pretty(data) + "\n" for name, data in texts.items()}


def file_modes(files: Mapping[str, BundleFile]) -> dict[str, int]:
    """Return the modes of a bundle's files as a manifest has them: those other than 0644."""
    modes = {path: compared_mode(file.mode) for path, file in sorted(files.items())}
    return {path: mode for path, mode in modes.items() if mode != REGULAR_MODE}


def _plan_data(plan: Plan) -> dict[str, Any]:
    """Return the plan as data; mappings without an order of their own are sorted."""
    data = plan.model_dump(mode="json", exclude_defaults=True) | {"version": plan.version}
    for key in ("groups", *_PLAN_DIGESTS):
        if key in data:
            data[key] = dict(sorted(data[key].items()))
    return data


def read_manifest(directory: Path) -> Manifest:
    """Return the manifest of the bundle in ``directory``.

    Raises ``InputError`` when the directory is not a bundle, and ``RefusedError`` when the
    manifest cannot be read, is of another version, or was edited.
    """
    path = directory / MANIFEST_FILE
    try:
        data = _read_json(path)
    except (FileNotFoundError, NotADirectoryError):
        raise _not_a_bundle(directory, f"It has no {MANIFEST_FILE}.") from None
    if not isinstance(data, dict) or data.get("kind") != _KIND:
        raise _not_a_bundle(directory, f"Its {MANIFEST_FILE} is not a bundle's manifest.")
    if MANIFEST_FORMAT.check_version(data, str(path)) > 1:
        data = _with_digests(data, directory / DIGEST_FILE)
    claimed = data.pop("digest", None)
    if claimed != digest(data):
        msg = f"{path} was edited: it does not match its own digest"
        raise RefusedError(
            msg,
            code="bundle-edited",
            hint="compile the bundle again with `wt compile`, and review it",
        )
    data = MANIFEST_FORMAT.upgraded(data, str(path))
    return Manifest(
        files=data["files"],
        modes={path: int(mode, 8) for path, mode in data["modes"].items()},
        links=data["links"],
        plan=data["plan"],
        digest=claimed,
    )


def _with_digests(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the content of plan.json together with that of ``path``, the file of digests."""
    try:
        digests = _read_json(path)
        return {**data, **digests, "plan": {**data["plan"], **digests["plan"]}}
    except FileNotFoundError:
        problem = "is missing"
    except (KeyError, TypeError):
        problem = "is not the file that `wt compile` wrote"
    raise RefusedError(
        f"{path} {problem}",
        code="bundle-unreadable",
        hint="compile the bundle again with `wt compile`",
    )


def _read_json(path: Path) -> Any:
    """Return a file's content; raises ``RefusedError``, and ``OSError`` where it is missing."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, ValueError) as problem:
        msg = f"{path} cannot be read: {problem}"
        raise RefusedError(
            msg, code="bundle-unreadable", hint="compile the bundle again with `wt compile`"
        ) from problem


def read_bundle(directory: Path) -> Bundle:
    """Return the bundle in ``directory`` as its manifest has it; raises as ``read_manifest``."""
    manifest = read_manifest(directory)
    files = {
        path: BundleFile(directory / path, manifest.modes.get(path, REGULAR_MODE))
        for path in manifest.files
    }
    for name in (DIGEST_FILE, MANIFEST_FILE):
        if (directory / name).is_file():  # Version 1 had one file.
            files[name] = BundleFile(directory / name)
    return Bundle(files, manifest.links)


def _not_a_bundle(directory: Path, why: str) -> InputError:
    return InputError(
        [
            Diagnostic(
                "not-a-bundle",
                f"{directory} is not a bundle",
                detail=f"{why} A bundle is a directory that `wt compile` wrote.",
                hint=f"create one with `wt compile --dir {directory}`, or name another directory",
            )
        ]
    )


def read_plan(directory: Path) -> Plan:
    """Return the plan of the bundle in ``directory``; raises as ``read_manifest``."""
    manifest = read_manifest(directory)
    return plan_from_data(manifest.plan, f"the plan in {directory / MANIFEST_FILE}")


#: As ``json.dumps``, which makes an encoder for each call with an option.
_line = json.JSONEncoder(ensure_ascii=False).encode


def _pretty(value: Any, depth: int = 0) -> str:
    """Return JSON with each key, and each item of a list that is long or of mappings, on a line."""
    if isinstance(value, list):
        is_flat = not any(isinstance(item, dict | list) for item in value)
        if is_flat and len(line := _line(value)) <= _LINE:
            return line
        inner = [_pretty(item, depth + 1) for item in value]
        start, end = "[]"
    elif isinstance(value, dict) and value:
        inner = [f"{json.dumps(k)}: {_pretty(v, depth + 1)}" for k, v in value.items()]
        start, end = "{}"
    else:
        return _line(value)
    pad = "\n" + "  " * (depth + 1)
    return f"{start}{pad}{f',{pad}'.join(inner)}\n{'  ' * depth}{end}"
