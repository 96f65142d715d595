"""Shows stored facts as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from worldtree.app.views.text import clean
from worldtree.cli.build_application import application
from worldtree.cli.command import HintedUsageError
from worldtree.cli.progress.style import format_duration
from worldtree.cli.table import Row, write_table
from worldtree.cli.terminal import first_line
from worldtree.core.suggestions import did_you_mean
from worldtree.core.text import and_more
from worldtree.results.json_view import exit_code

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.app.hosts.facts import FactSnapshot

#: Most hosts that a hint names.
_MAX_HOSTS = 5
#: The facts shown for each host in the table.
_COLUMNS = {
    "SYSTEM": ("ansible_distribution", "ansible_distribution_version"),
    "KERNEL": ("ansible_kernel",),
    "ARCH": ("ansible_architecture",),
    "CPUS": ("ansible_processor_vcpus",),
    "MEMORY": ("ansible_memtotal_mb",),
}


def refresh_facts(request: DocumentRequest, host: str | None) -> int:
    """Gather facts with progress on stderr; return the exit code."""
    from worldtree.cli.error_output import show_diagnostics
    from worldtree.cli.run_command import observe_task

    facts = application().facts
    hosts = () if host is None else (host,)
    prepared = facts.prepare(request, hosts)
    show_diagnostics(prepared.diagnostics)
    with observe_task(prepared.plan.layers) as observer:
        result = facts.gather(prepared, observer)
    return exit_code(result.status)


def find_host_facts(
    kept: Sequence[FactSnapshot], host: str, hosts: Sequence[str], lost: Mapping[str, str]
) -> FactSnapshot:
    """Return the stored facts of ``host``.

    ``hosts`` are those of the document, ``lost`` those of which the last gathering failed. Raises
    ``HintedUsageError`` with the reason if there are no facts.
    """
    found = next((one for one in kept if one.host == host), None)
    if found is not None:
        return found
    if hosts and host not in hosts:
        hint = did_you_mean(host, hosts, f"hosts: {and_more(hosts, _MAX_HOSTS)}")
        raise HintedUsageError(f"the cluster has no host `{host}`", hint=hint)
    problem = f"no stored facts of host `{host}`"
    if host in lost:
        problem += f": {first_line(lost[host])}"
    known = [one.host for one in kept]
    hint = "" if hosts else did_you_mean(host, known)
    raise HintedUsageError(problem, hint=hint or "gather them with `wt facts --refresh`")


def write_hosts_without_facts(lost: Mapping[str, str], kept: Sequence[FactSnapshot]) -> None:
    """Print the hosts without stored facts whose last gathering failed, with the reason."""
    known = {one.host for one in kept}
    for host, why in lost.items():
        if host not in known:
            click.echo(f"no facts of {host}: {first_line(why)}", err=True)


def write_host_table(kept: Sequence[FactSnapshot], now: float, hosts: Sequence[str] = ()) -> None:
    """Print one line per host, also for those of ``hosts`` without stored facts."""
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
