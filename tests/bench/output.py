"""How much a task with a large output slows down a run, compared with plain Ansible."""

from __future__ import annotations

from pathlib import Path

from bench import chain, documents
from bench.figures import Figure, table
from bench.measure import Command, Sample, environment, median_sample, ratio, run_in_turn

#: Lines of 100 bytes. Not measured over SSH, where Ansible takes minutes in both cases.
_LINES = 1_000_000
BOUND = 1.10
_ROUNDS = 3


def measure(directory: Path) -> list[Figure]:
    """Return the figure of a large output; ``wt`` keeps all of it, plain Ansible nothing."""
    in_chain = directory / "chain"
    in_chain.mkdir()
    with chain.apply_and_plain(in_chain, chain.HERE, _LINES) as (apply, bare):
        long = run_in_turn(apply, bare, rounds=_ROUNDS)
    found = ratio(*long)
    much, little = _both(directory, "much", _LINES), _both(directory, "little", 10)
    # The stricter figure: no other work hides the time that storing the output takes.
    alone = ratio(*much)
    size = f"{_LINES // 10_000} MB"
    rows = [
        _row(f"`wt apply`, chain and {size}", long[0]),
        _row(f"`ansible-playbook`, chain and {size}", long[1]),
        _row(f"`wt apply`, only {size}", much[0]),
        _row(f"`ansible-playbook`, only {size}", much[1]),
        _row("`wt apply`, only 1 kB", little[0]),
        _row("`ansible-playbook`, only 1 kB", little[1]),
    ]
    return [
        Figure(
            f"Only an output of {size}: `wt apply` against `ansible-playbook`",
            f"× {alone:.2f}",
            f"≤ × {BOUND:.2f}",
            alone <= BOUND,
            ["The runs with only one printing step in the next table."],
        ),
        Figure(
            f"A task's output of {_LINES // 10_000} MB: `wt apply` against `ansible-playbook`",
            f"× {found:.2f}",
            f"≤ × {BOUND:.2f}",
            found <= BOUND,
            [
                f"In a run of the chain of 10 nodes on {chain.HERE.where}, one host first prints "
                f"{_LINES:,} lines, which `wt` stores in full and plain Ansible discards. Medians "
                f"of {_ROUNDS} alternating runs each. For comparison, runs of only one such step "
                "on this machine, where no other work hides the time that storing takes.",
                "",
                *table(["", "wall clock (s)", "CPU (s)", "peak of the largest process"], rows),
            ],
        ),
    ]


def _both(directory: Path, name: str, lines: int) -> tuple[list[Sample], list[Sample]]:
    """Run one bundle with `wt` and with plain Ansible."""
    env, bundle = environment(directory / "home"), directory / name
    (directory / documents.SCRIPT).write_text(documents.SCRIPT_TEXT, encoding="utf-8")
    file = documents.write(directory, name, documents.verbose_step(lines))
    Command(["wt", "compile", "-f", str(file), "--dir", str(bundle)], directory, env).run()
    apply = Command(["wt", "apply", "--dir", str(bundle), "--yes"], directory, env)
    bare = Command(["ansible-playbook", "site.yml"], bundle, env)
    ours, plain = run_in_turn(apply, bare, rounds=_ROUNDS)
    return ours, plain


def _row(name: str, samples: list[Sample]) -> list[str]:
    found = median_sample(samples)
    return [name, f"{found.wall:.1f}", f"{found.cpu:.1f}", f"{found.peak / 1024:,.0f} MiB"]
