"""Filters that other roles use; this role has nothing else."""


class FilterModule:
    """Filters by name."""

    def filters(self):
        """Return the filters."""
        return {"in_order": lambda words: " ".join(reversed(words))}
