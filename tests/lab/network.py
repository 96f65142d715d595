"""The lab's bridge, its way out, and cutting a host off."""

from __future__ import annotations

import ipaddress
import json

from lab.errors import LabError
from lab.model import Host, Lab
from lab.process import run

#: Written on every bridge, so that a lab's bridge is found without its state.
_ALIAS = "worldtree-lab:"


def outgoing_interface() -> str:
    """The interface of the default route."""
    routes = json.loads(run(["ip", "-j", "-4", "route", "show", "default"]).stdout or "[]")
    if not routes:
        raise LabError("This machine has no default route, so hosts could not install packages.")
    return str(routes[0]["dev"])


def taken() -> list[ipaddress.IPv4Network]:
    """Networks this machine already has a route or an address in."""
    routes = json.loads(run(["ip", "-j", "-4", "route", "show", "table", "all"]).stdout or "[]")
    found = []
    for route in routes:
        target = route["dst"]
        if target != "default" and not target.startswith("127."):
            found.append(ipaddress.IPv4Network(target, strict=False))
    return found


def up(lab: Lab) -> None:
    """Make the bridge and the masquerade rule; existing ones stay."""
    bridge = lab.bridge
    if run(["ip", "link", "show", bridge], check=False).returncode != 0:
        # No snooping: without a querier on the bridge, VRRP's multicast would dry up.
        run(["ip", "link", "add", bridge, "type", "bridge", "mcast_snooping", "0"])
        run(["ip", "link", "set", bridge, "alias", f"{_ALIAS}{lab.name}"])
        prefix = lab.network.prefixlen
        run(["ip", "addr", "add", f"{lab.gateway}/{prefix}", "dev", bridge])
        run(["ip", "link", "set", bridge, "up"])
    if run(["nft", "list", "table", "ip", lab.table], check=False).returncode != 0:
        run(["nft", "-f", "-"], stdin=_rules(lab, outgoing_interface()))


def _rules(lab: Lab, interface: str) -> str:
    # The masquerade rule names the outgoing interface: bridged traffic between hosts passes the
    # ip hooks too (br_netfilter) and must not be rewritten. The cut is by interface name, so that
    # it outlives a reboot of the host; ARP still passes, so that connections hang, not fail.
    return f"""
table ip {lab.table} {{
  chain postrouting {{
    type nat hook postrouting priority srcnat;
    ip saddr {lab.subnet} oifname "{interface}" masquerade
  }}
}}
table bridge {lab.table} {{
  set cut {{ type ifname; }}
  chain prerouting {{
    type filter hook prerouting priority -300;
    iifname @cut meta protocol != arp drop
  }}
  chain postrouting {{
    type filter hook postrouting priority 300;
    oifname @cut meta protocol != arp drop
  }}
}}
"""


def unplug(lab: Lab, host: Host) -> None:
    """Remove the cable of a host that is off.

    The kernel does it too, but in its own time: a host that is started at once after it was killed
    would find its name taken.
    """
    run(["ip", "link", "delete", lab.interface(host)], check=False)


def down(name: str, lab: Lab | None) -> None:
    """Remove what :func:`up` made for the lab of that name, as far as it is there."""
    own = {bridge for bridge, owner in bridges().items() if owner == name}
    indexes = {bridge.removeprefix("wtbr") for bridge in own}
    if lab is not None:
        indexes.add(str(lab.index))
    for bridge in own:
        run(["ip", "link", "delete", bridge], check=False)
    for index in indexes:
        table = f"worldtree_lab_{index}"
        for family, name in (("ip", table), ("bridge", table), ("ip", f"{table}_out")):
            run(["nft", "delete", "table", family, name], check=False)


def bridges() -> dict[str, str]:
    """Bridge -> lab, for all bridges the lab code made."""
    links = json.loads(run(["ip", "-j", "link", "show", "type", "bridge"]).stdout or "[]")
    return {
        link["ifname"]: link["ifalias"].removeprefix(_ALIAS)
        for link in links
        if link.get("ifalias", "").startswith(_ALIAS)
    }


def cut(lab: Lab, host: Host) -> None:
    """Drop everything to and from a host, so that its connections hang."""
    element = f'{{ "{lab.interface(host)}" }}'
    run(["nft", "add", "element", "bridge", lab.table, "cut", element])


def heal(lab: Lab, host: Host) -> None:
    """Undo :func:`cut`."""
    if is_cut(lab, host):
        element = f'{{ "{lab.interface(host)}" }}'
        run(["nft", "delete", "element", "bridge", lab.table, "cut", element])


def is_cut(lab: Lab, host: Host) -> bool:
    """Whether the host is cut off."""
    shown = run(["nft", "list", "set", "bridge", lab.table, "cut"], check=False)
    return f'"{lab.interface(host)}"' in shown.stdout
