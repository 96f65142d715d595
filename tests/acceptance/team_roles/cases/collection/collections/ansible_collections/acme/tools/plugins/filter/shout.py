"""A filter of the team's collection."""


class FilterModule:
    """Filters by name."""

    def filters(self):
        """Return the filters."""
        return {"shout": lambda text: text.upper() + "!"}
