"""Host facts: stored, reused and gathered."""
