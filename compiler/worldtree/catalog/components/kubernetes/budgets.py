"""How many members may be away at once, and what a removal leaves: pure arithmetic.

What is away already is known on the running cluster only: the module ``kubernetes_node`` of the
collection holds these numbers against it before each step that takes a member away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: A number of members, or a percentage of them such as ``10%``.
Share = int | str


@dataclass(frozen=True)
class Budget:
    """Members that stand in for each other, and how many of them may be away at once."""

    names: tuple[str, ...]
    most_away: int

    def variables(self) -> dict[str, object]:
        """Return the role's variables."""
        return {"kubernetes_group": list(self.names), "kubernetes_most_away": self.most_away}


def control_plane_budget(names: tuple[str, ...], *, stacked: bool) -> Budget:
    """Return the budget of control planes: the majority of a stacked etcd stays, else one of them.

    One or two of them with a stacked etcd, and a single one, tolerate no failure: the API is
    interrupted by every restart, which cannot be avoided.
    """
    return Budget(names, max(1, tolerated_failures(len(names), stacked=stacked)))


def share_of(count: int, share: Share) -> int:
    """Return how many of ``count`` a share is: a percentage is rounded down, but never to none.

    Raises ``ValueError`` for a text that is not a percentage from 1 to 100, or a number below 1.
    """
    if isinstance(share, int):
        if share < 1:
            raise ValueError(f"{share} is not a number from 1 on")
        return share
    text = share.strip()
    if text.isdecimal() and int(text) >= 1:
        return int(text)
    percent = text.removesuffix("%")
    if not text.endswith("%") or not percent.isdecimal() or not 1 <= int(percent) <= 100:
        raise ValueError(f"`{share}` is neither a number nor a percentage such as 10%")
    return max(1, math.floor(count * int(percent) / 100))


def pool_budget(names: tuple[str, ...], share: Share) -> Budget:
    """Return the budget of a pool of workers: at most ``share``, and never all of several."""
    return Budget(names, max(1, min(share_of(len(names), share), len(names) - 1)))


def tolerated_failures(count: int, *, stacked: bool) -> int:
    """Return how many of ``count`` control planes may fail with the API still answering."""
    return max(0, (count - 1) // 2 if stacked else count - 1)
