"""Runs molecule scenarios, and records what was true of a scenario when it last passed."""
