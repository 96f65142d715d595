"""Writes each role's README.md from its meta/main.yml and meta/argument_specs.yml.

Run ``python roles/readme.py`` after a change of a role. ``--check`` lists the files that are out
of date, and exits with 1 if there are any.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).parent

#: Entries that have the same meaning in every role.
SPECIAL = {
    "precheck": "run before another entry; a host with nothing left to do is skipped",
    "verify": "checks, changes nothing",
    "rollback": "undoes an entry",
    "remove": "removes what the role installed",
}


def main(arguments: list[str]) -> int:
    """Write, or with ``--check`` compare, every README; returns the exit code."""
    stale = []
    for specs in sorted(ROLES.glob("*/meta/argument_specs.yml")):
        readme = specs.parents[1] / "README.md"
        text = render(specs.parents[1])
        if readme.is_file() and readme.read_text(encoding="utf-8") == text:
            continue
        stale.append(readme)
        if "--check" not in arguments:
            readme.write_text(text, encoding="utf-8")
    for readme in stale:
        print(f"{'out of date' if '--check' in arguments else 'written'}: {readme}")
    return 1 if stale and "--check" in arguments else 0


def render(role: Path) -> str:
    """Return the README of the role in directory ``role``."""
    info = _load(role / "meta" / "main.yml")["galaxy_info"]
    entries = _load(role / "meta" / "argument_specs.yml")["argument_specs"]
    parts = [
        f"# Role `{role.name}`",
        "<!-- Written by roles/readme.py: change meta/ and run it again. -->",
        f"{info['description']}.",
        *_paragraphs(entries["main"].get("description")),
        _platforms(info),
        "## Entry points",
        _entry_table(entries),
        "## Variables",
        "The entries that read a variable are in parentheses; `main` reads them all.",
        _variable_table(entries),
    ]
    return "\n\n".join(parts) + "\n"


def _load(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def _platforms(info: dict[str, Any]) -> str:
    names = [f"{p['name']} ({', '.join(p['versions'])})" for p in info["platforms"]]
    return (
        f"Tested on {', '.join(names)} with ansible-core {info['min_ansible_version']} and newer."
    )


def _entry_table(entries: dict[str, Any]) -> str:
    rows = ["| entry | what it does |", "|---|---|"]
    for name, entry in entries.items():
        text = " ".join([_sentence(entry["short_description"]), *_notes(name, entry)])
        special = f" *({SPECIAL[name]})*" if name in SPECIAL else ""
        rows.append(f"| `{name}` | {text}{special} |")
    return "\n".join(rows)


def _notes(name: str, entry: dict[str, Any]) -> list[str]:
    """Return an entry's longer description; that of ``main`` opens the page instead."""
    return [] if name == "main" else _paragraphs(entry.get("description"))


def _variable_table(entries: dict[str, Any]) -> str:
    options: dict[str, dict[str, Any]] = {}
    readers: dict[str, list[str]] = {}
    for name, entry in entries.items():
        for option, spec in (entry.get("options") or {}).items():
            options.setdefault(option, spec)
            readers.setdefault(option, []).append(name)
    rows = ["| variable | type | default | meaning |", "|---|---|---|---|"]
    for option, spec in options.items():
        used = ", ".join(f"`{name}`" for name in readers[option] if name != "main")
        rows += _variable_rows(option, spec, f" ({used})" if used else "")
    return "\n".join(rows)


def _variable_rows(name: str, spec: dict[str, Any], used: str) -> list[str]:
    kind = spec.get("type", "str")
    if "elements" in spec:
        kind = f"{kind} of {spec['elements']}"
    default = "**required**" if spec.get("required") else _default(spec)
    text = " ".join(_paragraphs(spec.get("description")))
    if "choices" in spec:
        text += f" One of {', '.join(f'`{choice}`' for choice in spec['choices'])}."
    rows = [f"| `{name}` | {kind} | {default} | {text}{used} |"]
    for inner, inner_spec in (spec.get("options") or {}).items():
        rows += _variable_rows(f"{name}.{inner}", inner_spec, "")
    return rows


def _default(spec: dict[str, Any]) -> str:
    if "default" not in spec:
        return ""
    value = spec["default"]
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{shown}`" if shown else "empty"


def _paragraphs(text: str | list[str] | None) -> list[str]:
    lines = [text] if isinstance(text, str) else text or []
    return [_marked(line) for line in lines]


def _sentence(text: str) -> str:
    marked = _marked(text)
    return marked if marked.endswith(".") else f"{marked}."


def _marked(text: str) -> str:
    """Turn Ansible's markup into Markdown; pipes would end a table's cell."""
    code = re.sub(r"[CVO]\(([^)]*)\)", r"`\1`", text)
    return re.sub(r"[BI]\(([^)]*)\)", r"**\1**", code).replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
