"""``plan.json``: the plan, and the digest of every other file of the bundle; versioned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldtree.ansible.bundle.emit.bundle import Bundle, BundleFile
from worldtree.ansible.content.file_modes import EXECUTABLE_MODE, REGULAR_MODE, compared_mode
from worldtree.core.errors import Diagnostic, InputError, RefusedError
from worldtree.core.format_versions import Format
from worldtree.plan.digests import digest
from worldtree.plan.plan import Plan
from worldtree.plan.versions import plan_from_data

#: Name of the file; its presence is what makes a directory a bundle.
MANIFEST_FILE = "plan.json"
_KIND = "worldtree-bundle"


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
    """The content of plan.json."""

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


def manifest_text(plan: Plan, files: Mapping[str, BundleFile], links: Mapping[str, str]) -> str:
    """Return the text of plan.json, one line per file and per node, for readable diffs."""
    body: dict[str, Any] = {
        "kind": _KIND,
        "version": MANIFEST_FORMAT.version,
        "files": {path: file.digest for path, file in sorted(files.items())},
        "modes": {path: _mode_text(mode) for path, mode in file_modes(files).items()},
        "links": dict(sorted(links.items())),
        "plan": _plan_data(plan),
    }
    return _pretty({**body, "digest": digest(body)}) + "\n"


def file_modes(files: Mapping[str, BundleFile]) -> dict[str, int]:
    """Return the modes of a bundle's files as a manifest has them: those other than 0644."""
    modes = {path: compared_mode(file.mode) for path, file in sorted(files.items())}
    return {path: mode for path, mode in modes.items() if mode != REGULAR_MODE}


def _plan_data(plan: Plan) -> dict[str, Any]:
    """Return the plan as data; mappings without an order of their own are sorted."""
    data = plan.model_dump(mode="json", exclude_defaults=True) | {"version": plan.version}
    for key in ("groups", "digests", "node_digests", "pair_digests"):
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
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise _not_a_bundle(directory, f"It has no {MANIFEST_FILE}.") from None
    except (OSError, ValueError) as problem:
        msg = f"{path} cannot be read: {problem}"
        raise RefusedError(msg, hint="compile the bundle again with `wt compile`") from problem
    if not isinstance(data, dict) or data.get("kind") != _KIND:
        raise _not_a_bundle(directory, f"Its {MANIFEST_FILE} is not a bundle's manifest.")
    MANIFEST_FORMAT.check_version(data, str(path))
    claimed = data.pop("digest", None)
    if claimed != digest(data):
        msg = f"{path} was edited: it does not match its own digest"
        raise RefusedError(msg, hint="compile the bundle again with `wt compile`, and review it")
    data = MANIFEST_FORMAT.upgraded(data, str(path))
    return Manifest(
        files=data["files"],
        modes={path: int(mode, 8) for path, mode in data["modes"].items()},
        links=data["links"],
        plan=data["plan"],
        digest=claimed,
    )


def read_bundle(directory: Path) -> Bundle:
    """Return the bundle in ``directory`` as its manifest has it; raises as ``read_manifest``."""
    manifest = read_manifest(directory)
    files = {
        path: BundleFile(directory / path, manifest.modes.get(path, REGULAR_MODE))
        for path in manifest.files
    }
    return Bundle({**files, MANIFEST_FILE: BundleFile(directory / MANIFEST_FILE)}, manifest.links)


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


def _pretty(value: Any, depth: int = 0) -> str:
    """Return JSON with the outer levels on lines of their own and the inner ones on one line."""
    spread = 4
    if isinstance(value, dict) and value and depth < spread:
        pad = "  " * (depth + 1)
        items = (f"{pad}{json.dumps(k)}: {_pretty(v, depth + 1)}" for k, v in value.items())
        return "{\n" + ",\n".join(items) + "\n" + "  " * depth + "}"
    if isinstance(value, list) and value and depth < spread:
        pad = "  " * (depth + 1)
        items = (f"{pad}{_pretty(v, depth + 1)}" for v in value)
        return "[\n" + ",\n".join(items) + "\n" + "  " * depth + "]"
    return json.dumps(value, ensure_ascii=False, sort_keys=depth > spread)
