"""docs/observability.md lists every metric, alert and field of the log."""

from __future__ import annotations

import re

import yaml

from unit.docs.scripts import ROOT
from worldtree.api.metric_definitions import METRICS

PAGE = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")


def rows(first: str) -> list[list[str]]:
    """Return the cells of the table whose first column is called so."""
    table = re.search(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table[1].splitlines()]


def test_every_metric_is_described_as_it_is_exposed() -> None:
    wanted = [
        [
            f"`{metric.name}`",
            metric.kind,
            ", ".join(f"`{label}`" for label in metric.labels),
            metric.help,
        ]
        for metric in METRICS.values()
    ]
    assert rows("metric") == wanted


def test_every_alert_is_described() -> None:
    file = ROOT / "deploy" / "prometheus" / "rules.yml"
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    wanted = [
        [f"`{rule['alert']}`", rule["labels"]["severity"]]
        for group in groups
        for rule in group["rules"]
    ]
    assert [cells[:2] for cells in rows("alert")] == wanted
    assert all(cells[2] for cells in rows("alert"))


def test_every_field_of_the_log_is_described() -> None:
    """Those that are bound, those of the access log and of errors."""
    described = set(re.findall("`([a-z_]+)`", " ".join(cells[0] for cells in rows("field"))))
    sources = [
        (ROOT / "compiler/worldtree" / name).read_text(encoding="utf-8")
        for name in ("api/access_log.py", "core/log_errors.py", "core/json_logs.py")
    ]
    for name in described:
        assert re.search(rf"\b{name}\b", "\n".join(sources)), name
    access = re.findall(r'^        "([a-z_]+)": record\.', sources[0], re.MULTILINE)
    assert len(access) == 7
    assert set(access) <= described
