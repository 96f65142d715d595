"""How much time parallel branches save over plain Ansible, which runs them in sequence."""

from __future__ import annotations

from pathlib import Path

from bench import documents
from bench.figures import Figure
from bench.measure import Command, environment, median_sample, ratio, run_in_turn

_BRANCHES, _SECONDS = 4, 5
#: Ratio to the longest path run by plain Ansible.
BOUND = 1.25
_ROUNDS = 3


def measure(directory: Path) -> list[Figure]:
    """Return the figure of concurrency."""
    env = environment(directory / "home")
    file = documents.write(directory, "branches", documents.branches(_BRANCHES, _SECONDS))
    whole, path = directory / "bundle", directory / "bundle-path"
    prepare = ["wt", "compile", "-f", str(file), "--dir"]
    Command([*prepare, str(whole)], directory, env).run()
    Command([*prepare, str(path), "--only", "branch1/*"], directory, env).run()
    ours, longest, plain = run_in_turn(
        Command(["wt", "apply", "--dir", str(whole), "--yes"], directory, env),
        Command(["ansible-playbook", "site.yml"], path, env),
        Command(["ansible-playbook", "site.yml"], whole, env),
        rounds=_ROUNDS,
    )
    found = ratio(ours, longest)
    return [
        Figure(
            f"Concurrency: {_BRANCHES} branches × {_SECONDS} s against the longest path",
            f"× {found:.2f}",
            f"≤ × {BOUND}",
            found <= BOUND,
            [
                f"`wt apply` {median_sample(ours).wall:.1f} s; the longest path alone, run by "
                f"`ansible-playbook`, {median_sample(longest).wall:.1f} s; "
                f"`ansible-playbook site.yml` of all branches {median_sample(plain).wall:.1f} s."
            ],
        )
    ]
