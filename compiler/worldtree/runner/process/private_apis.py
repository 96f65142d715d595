"""The parts of Ansible and ansible-runner that WorldTree relies on and no release promises.

The launcher checks them once per version of ansible-core, ansible-runner and WorldTree, since it
has Ansible loaded anyway; ``wt doctor`` checks them in a process of its own. Imports are kept
light.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import worldtree
from worldtree.core.environment_allowlist import allowed_environment
from worldtree.runner.process.private_api_checks import UnexpectedApiError
from worldtree.runner.process.private_api_list import PRIVATE_APIS
from worldtree.runner.process.protocol import read_json, write_atomically

#: File below WORLDTREE_HOME with the versions that were checked last and are as expected.
CHECKED_FILE = "private-apis.json"
#: Seconds for the process that checks; it loads Ansible.
_CHECK_SECONDS = 60.0
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from worldtree.runner.process.private_apis import print_differences; print_differences()"
)


def differences() -> Iterator[str]:
    """Yield a line for each private API that is not as expected. Imports Ansible."""
    for api in PRIVATE_APIS:
        try:
            api.check()
        except UnexpectedApiError as difference:
            yield f"{api.name} ({api.reason}): {difference}"
        except (ImportError, AttributeError, LookupError, OSError, TypeError) as problem:
            yield f"{api.name} ({api.reason}): {problem}"


def versions() -> dict[str, str]:
    """Return the versions on which the result of the checks depends."""
    packages = {name: version(name) for name in ("ansible-core", "ansible-runner")}
    return {**packages, "worldtree": worldtree.__version__}


def was_checked(file: Path) -> bool:
    """Whether ``file`` says that these versions were checked and are as expected."""
    return read_json(file) == versions()


def save_checked(file: Path) -> None:
    """Write that these versions were checked and are as expected."""
    write_atomically(file, versions())


def print_differences() -> None:
    """Print all differences as a JSON list: the program of ``find_differences``."""
    print(json.dumps(list(differences())))


def find_differences() -> list[str]:
    """Check in a process of its own; return a line for each difference."""
    package = str(Path(worldtree.__file__).parents[1])
    with tempfile.TemporaryDirectory(prefix="wt-check-") as directory:
        # No configuration file of the working directory or the user.
        config = Path(directory) / "ansible.cfg"
        config.touch()
        settings = {"ANSIBLE_CONFIG": str(config), "ANSIBLE_LOCAL_TEMP": directory}
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-c", _PROGRAM, package],
                capture_output=True,
                text=True,
                env={**allowed_environment(os.environ), **settings},
                timeout=_CHECK_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return [f"the check did not end within {_CHECK_SECONDS:g} s"]
    if done.returncode != 0:
        return [(done.stderr.strip().splitlines() or ["the check failed without a message"])[-1]]
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found
