"""Bundles that a service compiled: unpacked, checked, and written where the caller wants them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from worldtree.ansible.bundle import (
    Bundle,
    BundleFile,
    BundleProblem,
    check_stale,
    emit,
    read_plan,
    verify_bundle,
)
from worldtree.app.approvals.plan_bundles import unpack_bundle
from worldtree.core.errors import WorldTreeError
from worldtree.plan.plan import Plan


@contextmanager
def received_bundle(archive: bytes) -> Iterator[Bundle]:
    """Yield the bundle of a tar while the block runs.

    Raises ``WorldTreeError`` for one that is not what its manifest says, or leads out of its
    directory: it comes from another machine.
    """
    with TemporaryDirectory(prefix="worldtree-bundle-") as name:
        place = Path(name) / "bundle"
        try:
            unpack_bundle(io.BytesIO(archive), place)
            is_whole = not verify_bundle(place)
        except (tarfile.TarError, ValueError, OSError, WorldTreeError) as problem:
            raise _unusable() from problem
        if not is_whole:
            raise _unusable()
        found = sorted(path for path in place.rglob("*") if path.is_symlink() or path.is_file())
        names = {path: path.relative_to(place).as_posix() for path in found}
        yield Bundle(
            {
                names[path]: BundleFile(path, path.stat().st_mode & 0o777)
                for path in found
                if not path.is_symlink()
            },
            {names[path]: str(path.readlink()) for path in found if path.is_symlink()},
        )


def write_bundle(bundle: Bundle, directory: Path) -> None:
    """Write a bundle to ``directory``; raises ``RefusedError`` if files would be lost."""
    emit(bundle, directory)


def differing_files(bundle: Bundle, directory: Path) -> list[BundleProblem]:
    """Return the files in which the bundle in ``directory`` differs from ``bundle``."""
    return list(check_stale(directory, bundle))


def plan_of_bundle(directory: Path) -> Plan | None:
    """Return the plan of the bundle in ``directory``; None where there is none.

    Raises ``InputError`` and ``RefusedError`` for one that cannot be read.
    """
    return read_plan(directory) if (directory / "plan.json").is_file() else None


def _unusable() -> WorldTreeError:
    return WorldTreeError(
        "the bundle that the service compiled is not what its manifest says",
        code="server-answer-unreadable",
        hint="run the command again; use the version of `wt` that the service has: `wt --version`",
    )
