"""Downloads the community collections that ship with WorldTree, pinned by version and digest.

They come from the ``ansible`` wheel of the Python index, so neither Galaxy nor an installation of
all its other collections is needed. They are unpacked into ``.cache/collections`` and fetched only
once. Only the standard library is used: the build hook and ``make setup`` run this before anything
is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

#: Collection -> version: listed in ``requirements.yml`` of a bundle.
COLLECTIONS = {"ansible.posix": "2.1.0", "community.crypto": "3.0.5"}
#: The wheel that contains them.
WHEEL = "ansible-12.3.0-py3-none-any.whl"
REQUIREMENT = "ansible==12.3.0"
SHA256 = "cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414"

DEFAULT_TARGET = Path(__file__).parents[1] / ".cache" / "collections"
_STAMP = ".vendored.json"


class VendorError(Exception):
    """The collections cannot be fetched; the message is shown to the user."""


def ensure(target: Path = DEFAULT_TARGET) -> Path:
    """Return ``target``, filled with the pinned collections; raises VendorError."""
    if not _is_current(target):
        with tempfile.TemporaryDirectory(prefix="worldtree-collections-") as work:
            _unpack(_fetch(Path(work)), target)
    return target


def _pins() -> dict[str, str]:
    return {**COLLECTIONS, "sha256": SHA256}


def _is_current(target: Path) -> bool:
    try:
        pins: object = json.loads((target / _STAMP).read_text())
    except (OSError, ValueError):
        return False
    return pins == _pins() and all(_place(target, name).is_dir() for name in COLLECTIONS)


def _place(target: Path, collection: str) -> Path:
    return target / "ansible_collections" / Path(*collection.split("."))


def _fetch(work: Path) -> Path:
    """Download the wheel with pip, which rejects a file with another digest."""
    requirements = work / "requirements.txt"
    requirements.write_text(f"{REQUIREMENT} --hash=sha256:{SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--require-hashes"]
    command += ["--only-binary", ":all:", "--dest", str(work), "-r", str(requirements)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    wheel = work / WHEEL
    if done.returncode != 0 or not wheel.is_file():
        last = "\n".join(done.stderr.strip().splitlines()[-3:])
        msg = (
            f"cannot fetch {REQUIREMENT}, which holds the pinned collections:\n{last}\n"
            f"Without a Python index, run this on another machine and copy {DEFAULT_TARGET} here."
        )
        raise VendorError(msg)
    # The configuration of pip may vary, so check the pinned digest here too.
    if (found := hashlib.sha256(wheel.read_bytes()).hexdigest()) != SHA256:
        msg = f"{WHEEL} has the digest {found} instead of the pinned {SHA256}"
        raise VendorError(msg)
    return wheel


def _unpack(wheel: Path, target: Path) -> None:
    """Put the collections into ``target``, each completely or not at all."""
    target.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".new-", dir=target) as fresh,
        zipfile.ZipFile(wheel) as archive,
    ):
        names = archive.namelist()
        for collection, version in COLLECTIONS.items():
            prefix = f"ansible_collections/{collection.replace('.', '/')}/"
            archive.extractall(fresh, [name for name in names if name.startswith(prefix)])
            _check_version(Path(fresh) / prefix, collection, version)
            place = _place(target, collection)
            shutil.rmtree(place, ignore_errors=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            (Path(fresh) / prefix).replace(place)
    stamp = target / f"{_STAMP}.{os.getpid()}"
    stamp.write_text(json.dumps(_pins(), indent=2) + "\n")
    stamp.replace(target / _STAMP)


def _check_version(unpacked: Path, collection: str, version: str) -> None:
    manifest = json.loads((unpacked / "MANIFEST.json").read_text())
    if (found := manifest["collection_info"]["version"]) != version:
        msg = f"{WHEEL} contains {collection} {found} instead of the pinned {version}"
        raise VendorError(msg)


if __name__ == "__main__":
    try:
        ensure()
    except VendorError as error:
        sys.exit(f"collections/vendor.py: {error}")
