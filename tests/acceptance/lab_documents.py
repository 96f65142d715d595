"""Documents for the lab's hosts, and the example cluster with the lab's addresses."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from acceptance.workspace import ROOT, Workspace
from lab.handle import LabHandle

EXAMPLE = ROOT / "inventory-examples" / "lab-demo"


def ssh(lab: LabHandle) -> dict[str, Any]:
    """``spec.ssh`` that reaches the lab, host keys checked."""
    inventory = lab.inventory()
    return {
        "user": "root",
        "privateKeyFile": inventory["key"],
        "knownHostsFile": inventory["known_hosts"],
        "hostKeyChecking": "strict",
        "timeout": "10s",
    }


def hosts(lab: LabHandle, count: int) -> list[dict[str, Any]]:
    """``spec.hosts`` with the first hosts of the lab."""
    return [{"name": host.name, "address": host.address} for host in lab.hosts[:count]]


def command(line: str, **more: Any) -> dict[str, Any]:
    """A task of one step that runs a shell line."""
    steps = [{"name": "run", "command": {"argv": ["sh", "-c", line]}}]
    return {"name": "t", "steps": steps, **more}


def example(lab: LabHandle, place: Path) -> tuple[Workspace, str]:
    """The example cluster ``lab-demo`` on this lab, and its virtual address."""
    shutil.copytree(EXAMPLE, place, dirs_exist_ok=True)
    inventory = lab.inventory()
    vip: str = inventory["vip"]
    text = (EXAMPLE / "cluster.yaml").read_text()
    text = text.replace("10.0.0.", vip.rpartition(".")[0] + ".")
    text = text.replace("~/.ssh/id_ed25519", inventory["key"])
    text = text.replace("~/.ssh/known_hosts", inventory["known_hosts"])
    (place / "cluster.yaml").write_text(text)
    return Workspace(place, {"LAB_DEMO_CA_PASSPHRASE": "kept-in-mind-only"}), vip
