"""Builds the tarball of the collection ``worldtree.core``, with the components' roles in it.

The repository has roles and templates apart, joined by links; a collection needs real files in its
own ``roles/``. They are assembled in a temporary directory first:

    python collections/build.py [OUTPUT_DIRECTORY]

Needs nothing but ``ansible-galaxy`` on the path (or beside the Python that runs this).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "collections" / "ansible_collections" / "worldtree" / "core"
ROLES = ROOT / "roles"
#: Files that are not installed.
_LEFT_OUT = ("__pycache__", "*.pyc", "molecule", ".cache")


class BuildError(Exception):
    """The tarball cannot be built; the message is for the user."""


def stage(target: Path) -> Path:
    """Assemble the collection below ``target``; returns its directory."""
    place = target / "ansible_collections" / "worldtree" / "core"
    ignore = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(SOURCE, place, ignore=ignore)
    for role in sorted(path for path in ROLES.iterdir() if (path / "tasks").is_dir()):
        # Links to templates/<component> become real files.
        shutil.copytree(role, place / "roles" / role.name, ignore=ignore)
    return place


def build(output: Path) -> Path:
    """Build the tarball into ``output`` and return its path; raises ``BuildError``."""
    beside = Path(sys.executable).with_name("ansible-galaxy")
    program = str(beside) if beside.exists() else shutil.which("ansible-galaxy")
    if program is None:
        msg = "ansible-galaxy is not on the path; install ansible-core"
        raise BuildError(msg)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="worldtree-collection-") as work:
        place = stage(Path(work))
        command = [program, "collection", "build", "--force", "--output-path", str(output)]
        done = subprocess.run([*command, str(place)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        msg = f"ansible-galaxy failed:\n{done.stderr or done.stdout}"
        raise BuildError(msg)
    return max(output.glob("worldtree-core-*.tar.gz"), key=lambda path: path.stat().st_mtime_ns)


def main(arguments: list[str]) -> int:
    """Build the tarball and print its path."""
    try:
        tarball = build(Path(arguments[0]) if arguments else ROOT / "dist")
    except BuildError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(tarball)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
