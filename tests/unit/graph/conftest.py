"""Settings of the property tests."""

from __future__ import annotations

from hypothesis import settings

# No deadline: how long one example takes says more about the machine's load than about the code.
settings.register_profile("unhurried", deadline=None, max_examples=60)
settings.load_profile("unhurried")
