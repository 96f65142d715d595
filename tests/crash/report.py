"""Writes the section on crashes of docs/benchmarks.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import machine, table
from bench.sections import with_section
from crash.kill_sequence import Trial

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class TrialGroup:
    """The trials of one group."""

    name: str
    trials: Sequence[Trial]
    seconds: float

    @property
    def hits(self) -> int:
        """Number of kills, power failures, full disks and cancels."""
        return sum(len(trial.kills) for trial in self.trials)

    @property
    def wrong(self) -> int:
        """Number of trials that violated an invariant."""
        return sum(bool(trial.wrong) for trial in self.trials)

    @property
    def row(self) -> list[str]:
        """The cells of the table row."""
        return [
            self.name,
            str(self.hits),
            str(len(self.trials)),
            str(sum(trial.resumes for trial in self.trials)),
            str(sum(trial.uncertain for trial in self.trials)),
            str(sum(trial.missed for trial in self.trials)),
            str(self.wrong),
            f"{self.seconds / 60:.1f} min",
            f"{max((trial.seconds for trial in self.trials), default=0):.1f} s",
        ]

    def parts(self) -> Counter[tuple[str, str]]:
        """Count the hits by phase and part."""
        return Counter((kill.phase, kill.part) for one in self.trials for kill in one.kills)


def write_section(kinds: Sequence[TrialGroup], seed: int, page: Path = PAGE) -> None:
    """Replace the section of the page."""
    text = page.read_text(encoding="utf-8")
    page.write_text(with_section(text, "Crashes", _section(kinds, seed)), encoding="utf-8")


def _section(kinds: Sequence[TrialGroup], seed: int) -> str:
    heads = ["what", "hits", "trials", "resumes", "in doubt", "missed", "failed", "took", "longest"]
    lines = [
        f"Written by `make crash` (code in `tests/crash/`), seeds from {seed}; {machine()}.",
        "",
        "A trial is one apply of 30 nodes on 3 hosts. A resume follows each kill and may be killed "
        "too. *Missed* counts kills that came after the command had ended. The hosts are this "
        "machine under three names, or, over SSH, three lab hosts. *Failed* counts trials with "
        "another final state than without crashes, a step whose effect did not happen exactly "
        "once on a host, an event lost or stored twice, a process left, or a defect shown to the "
        "user. For cancels, the longest trial is the longest time until no process was left.",
        "",
        *table(heads, [kind.row for kind in kinds]),
    ]
    for kind in kinds:
        counted = kind.parts()
        phases, parts = sorted({p for p, _ in counted}), sorted({p for _, p in counted})
        rows = [[part, *(str(counted[phase, part]) for phase in phases)] for part in parts]
        lines += [
            "",
            f"Hits by part and phase, {kind.name}:",
            "",
            *table(["part", *phases], rows),
        ]
    return "\n".join(lines)
