"""Makes the lab's fixtures known to all tests, and lets property tests take their time."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["lab_plugin"]

# How long an example takes says more about the machine's load than about the code.
settings.register_profile(
    "unhurried", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")
