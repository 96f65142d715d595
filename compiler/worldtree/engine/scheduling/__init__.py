"""The scheduler: what may start, what happened, and what that means for the rest."""
