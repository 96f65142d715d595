"""Finds everything of a lab on this machine that `down` must remove."""

from __future__ import annotations

import json
from pathlib import Path

from lab import cgroups
from lab.model import Lab
from lab.process import run


def leftovers(lab: Lab) -> list[str]:
    """Descriptions of all that is left of the lab; empty when nothing is left."""
    found = [f"process {pid}" for pid in sorted(_processes(lab))]
    found += [f"mount {line}" for line in _mounts(lab)]
    if cgroups.exists(lab.name):
        found.append(f"control group {lab.name}")
    links = [link["ifname"] for link in json.loads(run(["ip", "-j", "link", "show"]).stdout)]
    ends = f"vb-wt{lab.index}h"
    found += [f"interface {x}" for x in links if x == lab.bridge or x.startswith(ends)]
    found += [f"nft {line}" for line in _rules() if line.endswith(f" {lab.table}")]
    notes = Path("/run/systemd/nspawn/propagate").glob(f"wt{lab.index}h*")
    found += [f"note {note}" for note in notes]
    if lab.directory.exists():
        found.append(f"directory {lab.directory}")
    return found


def _rules() -> list[str]:
    return run(["nft", "list", "tables"]).stdout.splitlines()


def _processes(lab: Lab) -> set[int]:
    """Processes in the lab's groups, and any whose command line names the lab's directory."""
    found = cgroups.processes(lab.name)
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        ours = any(word.startswith(f"{lab.directory}/hosts") for word in words)
        if ours or words[1:4] == ["-m", "lab.host_runner", lab.name]:
            found.add(int(file.parent.name))
    return found


def _mounts(lab: Lab) -> set[str]:
    """Mounts below the lab's directory in any process's mount namespace."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/mounts"):
        try:
            lines = file.read_text().splitlines()
        except OSError:
            continue
        found |= {line.split()[1] for line in lines if f"{lab.directory}/" in line}
    return found
