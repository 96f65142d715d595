"""Facts as tables and as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import HintedUsageError
from worldtree.cli.progress.style import format_duration
from worldtree.cli.table import Row, write_table
from worldtree.cli.terminal import clean, first_line
from worldtree.core.suggestions import did_you_mean
from worldtree.results.json_view import exit_code, utc_text

if TYPE_CHECKING:
    from worldtree.app.hosts.facts import FactSnapshot

#: Hosts named in a hint.
_NAMED = 5
#: Facts that tell one host from another at a glance.
_COLUMNS = {
    "SYSTEM": ("ansible_distribution", "ansible_distribution_version"),
    "KERNEL": ("ansible_kernel",),
    "ARCH": ("ansible_architecture",),
    "CPUS": ("ansible_processor_vcpus",),
    "MEMORY": ("ansible_memtotal_mb",),
}


def refresh_facts(file: Path, cluster: str | None, host: str | None) -> int:
    """Gather facts anew, with progress on stderr; return the exit code."""
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.cli.run_command import observe_task

    facts = application().facts
    prepared = facts.prepare(file, cluster, () if host is None else (host,))
    show_diagnostics(prepared.diagnostics)
    with observe_task(prepared.plan.layers) as observer:
        result = facts.gather(prepared, observer)
    return exit_code(result.status)


def facts_data(kept: Sequence[FactSnapshot]) -> dict[str, Any]:
    """Return facts as JSON data."""
    return {
        "items": [
            {"host": one.host, "gathered": utc_text(one.gathered), "facts": dict(one.body)}
            for one in kept
        ]
    }


def find_host_facts(
    kept: Sequence[FactSnapshot], host: str, hosts: Sequence[str], lost: Mapping[str, str]
) -> FactSnapshot:
    """Return what is kept of ``host``.

    ``hosts`` are the document's, ``lost`` those of which nothing could be gathered last. Raises
    ``HintedUsageError`` that says why nothing is kept.
    """
    found = next((one for one in kept if one.host == host), None)
    if found is not None:
        return found
    if hosts and host not in hosts:
        hint = did_you_mean(host, hosts, f"there are {', '.join(hosts[:_NAMED])}")
        raise HintedUsageError(f"the cluster has no host `{host}`", hint=hint)
    problem = f"no facts are kept of a host `{host}`"
    if host in lost:
        problem += f": {first_line(lost[host])}"
    known = [one.host for one in kept]
    hint = "" if hosts else did_you_mean(host, known)
    raise HintedUsageError(problem, hint=hint or "gather them with `wt facts --refresh`")


def write_hosts_without_facts(lost: Mapping[str, str], kept: Sequence[FactSnapshot]) -> None:
    """Say why nothing is kept of hosts of which nothing could be gathered."""
    known = {one.host for one in kept}
    for host, why in lost.items():
        if host not in known:
            click.echo(f"nothing is known of {host}: {first_line(why)}", err=True)


def write_host_table(kept: Sequence[FactSnapshot], now: float, hosts: Sequence[str] = ()) -> None:
    """Print one line per host; for those of ``hosts`` of which nothing is kept, too."""
    rows: list[Row] = [
        [one.host, *(_joined_facts(one.body, names) for names in _COLUMNS.values()), _age(one, now)]
        for one in kept
    ]
    known = {one.host for one in kept}
    rows += [
        [host, "unknown", *[""] * (len(_COLUMNS) - 1), "never"]
        for host in hosts
        if host not in known
    ]
    write_table(["HOST", *_COLUMNS, "GATHERED"], rows)


def write_facts(one: FactSnapshot) -> None:
    """Print every fact of a host as YAML."""
    import yaml

    body = {name: one.body[name] for name in sorted(one.body)}
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=True)
    for line in text.splitlines():
        click.echo(clean(line))


def _joined_facts(body: Mapping[str, Any], names: Sequence[str]) -> str:
    return " ".join(str(body[name]) for name in names if name in body)


def _age(one: FactSnapshot, now: float) -> str:
    return f"{format_duration(max(0.0, now - one.gathered))} ago"
