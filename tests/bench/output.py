"""Whether a task that prints a lot slows the run down: against plain Ansible on the same bundle."""

from __future__ import annotations

from pathlib import Path

from bench import chain, documents
from bench.figures import Figure, table
from bench.measure import Command, Sample, alternate, environment, middle, ratio

#: Lines of 100 bytes. Not over SSH, for which Ansible takes minutes in either case.
_LINES = 1_000_000
BOUND = 1.10
_ROUNDS = 3


def measure(directory: Path) -> list[Figure]:
    """Return the figure of a large output; ``wt`` keeps all of it, plain Ansible nothing."""
    in_chain = directory / "chain"
    in_chain.mkdir()
    with chain.pair(in_chain, chain.HERE, _LINES) as (apply, bare):
        long = alternate(apply, bare, rounds=_ROUNDS)
    found = ratio(*long)
    much, little = _both(directory, "much", _LINES), _both(directory, "little", 10)
    # The stricter of the two: nothing else is done meanwhile that could hide what keeping takes.
    alone = ratio(*much)
    size = f"{_LINES // 10_000} MB"
    rows = [
        _row(f"`wt apply`, the chain and {size}", long[0]),
        _row(f"`ansible-playbook`, the chain and {size}", long[1]),
        _row(f"`wt apply`, nothing but {size}", much[0]),
        _row(f"`ansible-playbook`, nothing but {size}", much[1]),
        _row("`wt apply`, nothing but 1 kB", little[0]),
        _row("`ansible-playbook`, nothing but 1 kB", little[1]),
    ]
    return [
        Figure(
            f"Nothing but an output of {size}: `wt apply` against `ansible-playbook`",
            f"× {alone:.2f}",
            f"≤ × {BOUND:.2f}",
            alone <= BOUND,
            ["The runs are those of nothing but one printing step, in the table that follows."],
        ),
        Figure(
            f"A task's output of {_LINES // 10_000} MB: `wt apply` against `ansible-playbook`",
            f"× {found:.2f}",
            f"≤ × {BOUND:.2f}",
            found <= BOUND,
            [
                f"In a run of the chain of 10 nodes on {chain.HERE.where}, one host first prints "
                f"{_LINES:,} lines, which `wt` keeps whole and plain Ansible throws away. Medians "
                f"of {_ROUNDS} runs each in turn. For comparison, runs of nothing but one such "
                "step, on this machine: there nothing hides what keeping takes.",
                "",
                *table(["", "wall clock (s)", "CPU (s)", "peak of the largest process"], rows),
            ],
        ),
    ]


def _both(directory: Path, name: str, lines: int) -> tuple[list[Sample], list[Sample]]:
    """Run one bundle with `wt` and without."""
    env, bundle = environment(directory / "home"), directory / name
    (directory / documents.SCRIPT).write_text(documents.TALK, encoding="utf-8")
    file = documents.write(directory, name, documents.talk(lines))
    Command(["wt", "compile", "-f", str(file), "--dir", str(bundle)], directory, env).run()
    apply = Command(["wt", "apply", "--dir", str(bundle), "--yes"], directory, env)
    bare = Command(["ansible-playbook", "site.yml"], bundle, env)
    ours, plain = alternate(apply, bare, rounds=_ROUNDS)
    return ours, plain


def _row(name: str, samples: list[Sample]) -> list[str]:
    found = middle(samples)
    return [name, f"{found.wall:.1f}", f"{found.cpu:.1f}", f"{found.peak / 1024:,.0f} MiB"]
