"""Records what ansible-runner says of ``scenario.yml``: run with the Python of either core.

The events are written as the supervisor forwards them, one per line, to ``stream-CORE.jsonl``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import ansible_runner

from worldtree.ansible.runner.protocol import event_line

HERE = Path(__file__).parent


def main() -> None:
    """Run the scenario and write the stream."""
    core = ".".join(version("ansible-core").split(".")[:2])
    lines: list[bytes] = []

    def keep(raw: dict[str, object]) -> bool:
        line = event_line(raw)
        if line is not None:
            lines.append(line.replace(str(HERE).encode(), b"/bundle"))
        return False

    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as directory:
        ansible_runner.run(
            private_data_dir=directory,
            project_dir=str(HERE),
            inventory=str(HERE / "hosts.yml"),
            playbook="scenario.yml",
            fact_cache_type="",
            quiet=True,
            event_handler=keep,
            cancel_callback=lambda: False,
            envvars={"MAX_EVENT_RES": str(2**62), "LANG": "C.UTF-8"},
        )
    text = b"".join(lines).replace(sys.executable.encode(), b"/usr/bin/python3")
    (HERE / f"stream-{core}.jsonl").write_bytes(text)


if __name__ == "__main__":
    main()
