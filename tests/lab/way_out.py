"""A lab whose hosts have no way out: what they send beyond their bridge is dropped, and noted."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lab.model import Lab
from lab.process import run

#: More attempts than any run makes.
_MOST = 4096


@dataclass(frozen=True, order=True)
class Attempt:
    """What a host sent out of the bridge, or to the machine, without being asked by it."""

    host: str
    destination: str
    #: ``tcp``, ``udp``, ``icmp`` or a number.
    protocol: str
    #: Port of the destination; 0 for what has none.
    port: int
    packets: int

    def __str__(self) -> str:
        where = f"{self.destination}:{self.port}" if self.port else self.destination
        return f"{self.host} -> {where} ({self.protocol}, {self.packets} packets)"


def close(lab: Lab) -> None:
    """Drop and note from now on what hosts send out; what they sent before is forgotten."""
    open_again(lab)
    run(["nft", "-f", "-"], stdin=_rules(lab))


def open_again(lab: Lab) -> None:
    """Undo :func:`close`, if it was called."""
    if run(["nft", "list", "table", "ip", lab.out_table], check=False).returncode == 0:
        run(["nft", "delete", "table", "ip", lab.out_table])


def attempts(lab: Lab) -> list[Attempt]:
    """What hosts tried to send out since :func:`close`."""
    shown = run(["nft", "-j", "list", "set", "ip", lab.out_table, "tried"]).stdout
    (found,) = (entry["set"] for entry in json.loads(shown)["nftables"] if "set" in entry)
    names = {host.address: host.name for host in lab.hosts}
    return sorted(_attempt(names, entry["elem"]) for entry in found.get("elem", ()))


def _attempt(names: dict[str, str], element: dict[str, object]) -> Attempt:
    value, counter = element["val"], element["counter"]
    assert isinstance(value, dict)
    assert isinstance(counter, dict)
    source, destination, protocol, port = value["concat"]
    return Attempt(names.get(source, source), destination, str(protocol), port, counter["packets"])


def _rules(lab: Lab) -> str:
    # Packets from host to host pass the hook `forward` as well (br_netfilter), with the bridge on
    # both sides. The machine itself is a way out where it is asked for names or files; what it asks
    # of hosts, as ssh does, is answered.
    bridge, way = lab.bridge, "ip saddr . ip daddr . meta l4proto"
    return f"""
table ip {lab.out_table} {{
  set tried {{
    type ipv4_addr . ipv4_addr . inet_proto . inet_service
    size {_MOST}
    flags dynamic
    counter
  }}
  chain note {{
    meta l4proto {{ tcp, udp }} update @tried {{ {way} . th dport }} drop
    update @tried {{ {way} . 0 }} drop
  }}
  chain forward {{
    type filter hook forward priority -10
    iifname "{bridge}" oifname != "{bridge}" jump note
  }}
  chain input {{
    type filter hook input priority -10
    iifname "{bridge}" ip daddr {lab.gateway} ct state new jump note
  }}
}}
"""
