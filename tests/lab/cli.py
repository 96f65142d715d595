"""The command line of the lab: ``python -m lab COMMAND``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence

from lab import host_access, labs, network, power, report, tools
from lab.errors import LabError
from lab.model import Host, Lab, all_labs

Handler = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 done, 1 the lab could not, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    handler: Handler = arguments.handler
    try:
        return handler(arguments)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _up(arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    names = [name for name in (arguments.names or "").split(",") if name]
    if not names and arguments.count is not None:
        names = labs.numbered(arguments.count)
    lab = labs.up(arguments.lab, names, subnet=arguments.subnet, containers=arguments.containers)
    print(f"lab: {lab.name} is up in {time.monotonic() - started:.1f} s", file=sys.stderr)
    print("\n".join(report.status_lines(report.status(lab))))
    return 0


def _down(arguments: argparse.Namespace) -> int:
    tools.ensure()
    if arguments.all:
        labs.down_all()
    else:
        labs.down(arguments.lab)
    return 0


def _status(arguments: argparse.Namespace) -> int:
    shown = report.status(labs.get(arguments.lab))
    if arguments.output == "json":
        print(json.dumps(shown, indent=2))
    else:
        print("\n".join(report.status_lines(shown)))
    return 0


def _list(arguments: argparse.Namespace) -> int:
    items = [{"name": lab.name, "subnet": lab.subnet, "bridge": lab.bridge} for lab in all_labs()]
    if arguments.output == "json":
        print(json.dumps({"items": items}, indent=2))
    else:
        print("\n".join(f"{i['name']:<24} {i['subnet']:<18} {i['bridge']}" for i in items))
    return 0


def _inventory(arguments: argparse.Namespace) -> int:
    lab = labs.get(arguments.lab)
    shown = report.ansible_inventory(lab) if arguments.ansible else report.inventory(lab)
    print(json.dumps(shown, indent=2))
    return 0


def _ssh(arguments: argparse.Namespace) -> int:
    lab = labs.get(arguments.lab)
    command = host_access.ssh_command(lab, lab.host(arguments.host), arguments.user)
    argv = [*command, *arguments.command]
    os.execvp(argv[0], argv)


def _exec(arguments: argparse.Namespace) -> int:
    lab = labs.get(arguments.lab)
    argv = host_access.inside_command(lab, lab.host(arguments.host), arguments.command or ["bash"])
    os.execvp(argv[0], argv)


def _reset(arguments: argparse.Namespace) -> int:
    lab, hosts = _chosen(arguments)
    labs.reset(lab, hosts)
    return 0


def _start(arguments: argparse.Namespace) -> int:
    lab, hosts = _chosen(arguments)
    labs.each(hosts, lambda host: power.start(lab, host))
    labs.each(hosts, lambda host: host_access.wait_ready(lab, host))
    return 0


def _simple(action: Callable[[Lab, Host], None]) -> Handler:
    def handler(arguments: argparse.Namespace) -> int:
        lab, hosts = _chosen(arguments)
        labs.each(hosts, lambda host: action(lab, host))
        return 0

    return handler


def _chosen(arguments: argparse.Namespace) -> tuple[Lab, list[Host]]:
    tools.ensure()
    lab = labs.get(arguments.lab)
    if arguments.hosts == ["all"]:
        return lab, list(lab.hosts)
    return lab, [lab.host(name) for name in arguments.hosts]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="Real test hosts.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, handler: Handler, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(handler=handler)
        default = os.environ.get("WORLDTREE_LAB") or labs.DEFAULT_NAME
        command.add_argument("--lab", default=default, help=f"which lab (default: {default})")
        return command

    command = add("up", _up, "bring a lab up and wait for its hosts")
    command.add_argument(
        "-n", "--hosts", dest="count", type=int, help="how many hosts (default: 5)"
    )
    command.add_argument("--names", help="host names, comma-separated, instead of lab1, lab2, …")
    command.add_argument("--subnet", help="IPv4 network, instead of a free 10.203.K.0/24")
    command.add_argument(
        "--containers",
        action="store_true",
        help="hosts can run containers themselves, and be members of a Kubernetes cluster",
    )
    command = add("down", _down, "take a lab down and leave nothing of it")
    command.add_argument("--all", action="store_true", help="every lab of this machine")
    views: list[tuple[str, Handler, str]] = [
        ("status", _status, "show the hosts of a lab"),
        ("list", _list, "show the labs of this machine"),
    ]
    for name, handler, text in views:
        command = add(name, handler, text)
        command.add_argument("-o", dest="output", choices=["table", "json"], default="table")
    command = add("inventory", _inventory, "print how to reach the hosts, as JSON")
    command.add_argument("--ansible", action="store_true", help="as an Ansible inventory")
    for name, handler, text in (
        ("ssh", _ssh, "open a shell or run a command on a host over SSH"),
        ("exec", _exec, "run a command in a host past its network"),
    ):
        command = add(name, handler, text)
        if name == "ssh":
            command.add_argument("--user", default="root", help="root, deploy (sudo) or guest")
        command.add_argument("host")
        command.add_argument("command", nargs=argparse.REMAINDER)
    for name, handler, text in (
        ("reset", _reset, "throw everything a host has become away and boot it afresh"),
        ("start", _start, "switch hosts on and wait for them"),
        ("stop", _simple(power.stop), "power hosts off cleanly"),
        ("kill", _simple(power.kill), "take hosts' power away"),
        ("freeze", _simple(power.freeze), "stop every process of hosts where it stands"),
        ("thaw", _simple(power.thaw), "let frozen hosts go on"),
        ("cut", _simple(network.cut), "drop all packets to and from hosts"),
        ("heal", _simple(network.heal), "undo cut"),
    ):
        command = add(name, handler, text)
        command.add_argument("hosts", nargs="+", metavar="HOST", help="host names, or `all`")
    return parser
