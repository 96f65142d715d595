"""Records the journal of ``scenario.yml``: run with the Python of either core.

The journal is written to ``stream-CORE.jsonl`` as the callback plugin writes it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from worldtree.runner.control import playbook_environment
from worldtree.runner.inside.journal import JOURNAL_VARIABLE

HERE = Path(__file__).parent
PLUGINS = Path(playbook_environment.__file__).parent / "plugins" / "callback"


def main() -> None:
    """Run the scenario and write the stream."""
    core = ".".join(version("ansible-core").split(".")[:2])
    programs = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as directory:
        journal = Path(directory) / "journal"
        subprocess.run(
            [str(programs / "ansible-playbook"), "-i", "hosts.yml", "scenario.yml"],
            cwd=HERE,
            env={
                **os.environ,
                "PATH": f"{programs}:{os.environ['PATH']}",
                "LANG": "C.UTF-8",
                "ANSIBLE_CALLBACK_PLUGINS": str(PLUGINS),
                JOURNAL_VARIABLE: str(journal),
            },
            check=False,
        )
        text = journal.read_text()
    text = text.replace(str(HERE), "/bundle").replace(sys.executable, "/usr/bin/python3")
    (HERE / f"stream-{core}.jsonl").write_text(text)


if __name__ == "__main__":
    main()
