"""Progress displays: fold events into a small state and draw it."""
