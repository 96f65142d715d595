"""How many examples random tests try: fewer in the gate than at full length.

``WORLDTREE_EXAMPLES`` is ``gate`` or ``full`` (the default); `.ci/tiers.py` sets it.
"""

from __future__ import annotations

import os
import sys

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

#: Whether this is the second Python, which tries fewer: only what depends on Ansible differs there.
_IS_NEWER = sys.version_info >= (3, 12)
#: The gate tries one in so many of the examples of a full run, but at least `_LEAST`.
_SHARE = 10 if _IS_NEWER else 5
_LEAST = 5


def is_full() -> bool:
    """Whether tests run at full length; ValueError where the environment says neither."""
    length = os.environ.get("WORLDTREE_EXAMPLES", "full")
    if length not in {"gate", "full"}:
        raise ValueError(f"WORLDTREE_EXAMPLES is gate or full, not {length}")
    return length == "full"


def examples(full: int) -> int:
    """Return how many examples a test tries that tries ``full`` of them at full length."""
    return full if is_full() else max(_LEAST, full // _SHARE)


def own_share(parts: range) -> range:
    """Return every second of the parts of a test: both Pythons together run all of them."""
    return parts[_IS_NEWER::2]


def load_profile() -> None:
    """Make the length the default of all random tests."""
    # How long an example takes says more about the machine's load than about the code.
    settings.register_profile(
        "worldtree",
        deadline=None,
        max_examples=examples(100),
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("worldtree")
    if not is_full():
        # Each worker would read the source of each module of the program for constants, and look
        # through all of them for each kind of a drawn value. What a few examples draw would also
        # depend on the modules that other tests have loaded. Public settings cannot turn this off.
        providers._get_local_constants = lambda: providers._local_constants
