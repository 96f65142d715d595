"""``python -m lint_ansible``: ansible-lint on roles, the collection and molecule scenarios.

The gate leaves it out when its inputs are those of the newest run that passed; see `proven_runs`.
By hand and in `make test-full` it always runs.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from proven_runs import ProvenRun, digest_of
from scenarios.record import RECORD

ROOT = Path(__file__).parents[1]
LINTED = ("roles", "collections/ansible_collections", "molecule")
#: What else a result depends on: templates of roles, configuration, and the versions of the linters
#: and of the community collections, which have the arguments of their modules.
_ALSO_READ = (
    ".ansible-lint",
    ".yamllint",
    ".config",
    "templates",
    "requirements.lock",
    "collections/vendor.py",
    "tests/lint_ansible.py",
)


def inputs(root: Path = ROOT) -> list[Path]:
    """Return the files that a result depends on: tracked ones, and new ones that are not ignored.

    Records of molecule scenarios are JSON files that change with each run; no rule reads them.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    command += [*LINTED, *_ALSO_READ]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout.decode()
    paths = [Path(path) for path in listed.split("\0") if path]
    return [root / path for path in paths if path.name != RECORD]


def main() -> int:
    """Lint what is not proven; return the exit code of ansible-lint."""
    digest = digest_of(ROOT, inputs(), "ansible-core", "ansible-lint", "yamllint")
    run = ProvenRun("ansible-lint", digest)
    if run.is_proven():
        print(f"ansible-lint: unchanged since a run that passed: {', '.join(LINTED)}")
        return 0
    program = Path(sys.executable).parent / "ansible-lint"
    code = subprocess.run([program, "--strict", *LINTED], cwd=ROOT, check=False).returncode
    if code == 0:
        run.record()
    return code


if __name__ == "__main__":
    sys.exit(main())
