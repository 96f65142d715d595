"""Shows the report on a role as text."""

from __future__ import annotations

from collections.abc import Iterator

import click

from worldtree.app.documents.reference import RoleReport, RoleVariable

_NO_UNDO = "cannot be undone (no entry `rollback`)"


def write_role(report: RoleReport) -> None:
    """Print ``report``."""
    for line in _lines(report):
        click.echo(line)


def _lines(report: RoleReport) -> Iterator[str]:
    role = report.role
    yield click.style(role.name, bold=True) + (f": {role.summary}" if role.summary else "")
    yield f"  from         {role.origin}, {role.path}"
    yield f"  variables    {'checked against argument_specs' if role.has_specs else 'not declared'}"
    yield f"  undo         {'by its entry `rollback`' if role.reversible else _NO_UNDO}"
    yield f"  check mode   {role.check_mode}"
    for label, values in (
        ("depends on", report.brings),
        ("collections", report.collections),
        ("they need", report.collection_dependencies),
        ("plugins", report.plugin_dirs),
        ("handlers", report.handlers),
        ("platforms", report.platforms),
    ):
        if values:
            yield f"  {label:<12} {', '.join(values)}"
    for entry in report.entries:
        yield ""
        yield click.style(f"entry {entry.name}", bold=True) + _colon_text(entry.description)
        for variable in entry.variables:
            yield from _variable(variable, "  ")
    if report.other_variables:
        yield "\n" + click.style("defaults without a declaration in an entry", bold=True)
        for variable in report.other_variables:
            yield from _variable(variable, "  ")
    if report.check_mode_remarks:
        yield "\n" + click.style("tasks whose check mode is unreliable", bold=True)
        for remark in report.check_mode_remarks:
            where = remark.file if remark.role == role.name else f"{remark.role}, {remark.file}"
            yield f"  {where}: {remark.task or remark.action}: {remark.reason}"
    if report.unguarded:
        title = "not safe to run twice; `wt resume` asks before repeating them"
        yield "\n" + click.style(title, bold=True)
        for task in report.unguarded:
            yield f"  {task.file}: {task.task or task.action}"
    for problem in report.problems:
        yield f"\n{problem.severity}: {problem.summary} [{problem.slug}]"
        if problem.hint:
            yield f"  help: {problem.hint}"


def _variable(variable: RoleVariable, indent: str) -> Iterator[str]:
    facts = [variable.type] if variable.type else []
    if variable.required:
        facts.append("required")
    elif variable.has_default:
        facts.append(f"default {variable.default!r}")
    text = f" ({', '.join(facts)})" if facts else ""
    yield f"{indent}{variable.name}{text}{_colon_text(variable.description)}"
    for option in variable.options:
        yield from _variable(option, indent + "  ")


def _colon_text(text: str) -> str:
    return f": {text}" if text else ""
