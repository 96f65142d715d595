"""The section on crashes in docs/benchmarks.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import machine, table
from crash.chain import Trial

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_HEAD = "## Crashes"


@dataclass(frozen=True)
class Kind:
    """All trials of one kind."""

    name: str
    trials: Sequence[Trial]
    seconds: float

    @property
    def hits(self) -> int:
        """How often something was killed, or else disturbed."""
        return sum(len(trial.kills) for trial in self.trials)

    @property
    def wrong(self) -> int:
        """Trials after which something did not hold."""
        return sum(bool(trial.wrong) for trial in self.trials)

    @property
    def row(self) -> list[str]:
        """The figures, as the table's heads name them."""
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
        """Count what was hit, by when and which."""
        return Counter((kill.phase, kill.part) for one in self.trials for kill in one.kills)


def kept(page: Path = PAGE) -> str:
    """Return the section as it stands, after an empty line; nothing where there is none."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    _, head, rest = text.partition(f"\n{_HEAD}\n")
    return f"{head}{rest}"


def write(kinds: Sequence[Kind], seed: int, page: Path = PAGE) -> None:
    """Put the section in its place, at the end of the page."""
    text = page.read_text(encoding="utf-8").partition(f"\n{_HEAD}\n")[0]
    page.write_text(f"{text}\n{_HEAD}\n\n{_section(kinds, seed)}\n", encoding="utf-8")


def _section(kinds: Sequence[Kind], seed: int) -> str:
    heads = ["what", "hits", "trials", "resumes", "in doubt", "missed", "wrong", "took", "longest"]
    lines = [
        f"Written by `make crash` (code in `tests/crash/`), seeds from {seed}; {machine()}.",
        "",
        "A trial is one apply of 30 nodes on 3 hosts, each kill in it followed by a resume that "
        "may be killed in turn; *missed* are moments at which everything had ended. The hosts are "
        "this machine under three names, or, over SSH, three hosts of the lab. *Wrong* would "
        "be: another final state than undisturbed, a step that had its effect not exactly once on "
        "a host, an event lost or doubled, a process left, a defect told to the user. Of cancels, "
        "the longest trial is the longest time until nothing was left.",
        "",
        *table(heads, [kind.row for kind in kinds]),
    ]
    for kind in kinds:
        counted = kind.parts()
        phases, parts = sorted({p for p, _ in counted}), sorted({p for _, p in counted})
        rows = [[part, *(str(counted[phase, part]) for phase in phases)] for part in parts]
        lines += ["", f"Where {kind.name} hit:", "", *table(["part", *phases], rows)]
    return "\n".join(lines)
