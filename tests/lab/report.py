"""Inventory and status of a lab."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lab import host_access, network, power
from lab.model import Host, Lab


def inventory(lab: Lab) -> dict[str, Any]:
    """How to reach the lab's hosts: names, addresses, user, key and known_hosts paths."""
    return {
        "lab": lab.name,
        "subnet": lab.subnet,
        "gateway": lab.gateway,
        "vip": lab.vip,
        "key": str(lab.key),
        "known_hosts": str(lab.known_hosts),
        "items": [
            {
                "name": host.name,
                "address": host.address,
                "port": 22,
                "user": "root",
                "private_key": str(lab.key),
                "known_hosts": str(lab.known_hosts),
            }
            for host in lab.hosts
        ],
    }


def ansible_inventory(lab: Lab) -> dict[str, Any]:
    """The same as an Ansible inventory (JSON is YAML, so the `yaml` plugin reads it)."""
    common = f"-o UserKnownHostsFile={lab.known_hosts} -o StrictHostKeyChecking=yes"
    return {
        "all": {
            "vars": {
                "ansible_user": "root",
                "ansible_ssh_private_key_file": str(lab.key),
                "ansible_ssh_common_args": f"{common} -o IdentitiesOnly=yes",
                "ansible_python_interpreter": "/usr/bin/python3",
            },
            "hosts": {host.name: {"ansible_host": host.address} for host in lab.hosts},
        }
    }


def status(lab: Lab) -> dict[str, Any]:
    """Which hosts are on, frozen or cut off, and the state that systemd reports."""

    def one(host: Host) -> dict[str, Any]:
        system = host_access.system_state(lab, host)
        return {
            "name": host.name,
            "address": host.address,
            "power": "on" if power.is_on(lab, host) else "off",
            "frozen": power.is_frozen(lab, host),
            "cut": network.is_cut(lab, host),
            "system": system,
            "failed_units": host_access.failed_units(lab, host) if system == "degraded" else [],
        }

    with ThreadPoolExecutor(max_workers=max(1, len(lab.hosts))) as pool:
        items = list(pool.map(one, lab.hosts))
    return {"lab": lab.name, "subnet": lab.subnet, "bridge": lab.bridge, "items": items}


def status_lines(shown: dict[str, Any]) -> list[str]:
    """The status as lines for a terminal."""
    lines = [f"lab {shown['lab']}  {shown['subnet']}  {shown['bridge']}"]
    for item in shown["items"]:
        words = [item["power"]]
        words += [word for word in ("frozen", "cut") if item[word]]
        words += [item["system"]] if item["system"] else []
        words += [f"failed: {', '.join(item['failed_units'])}"] if item["failed_units"] else []
        lines.append(f"  {item['name']:<16} {item['address']:<16} {', '.join(words)}")
    return lines
