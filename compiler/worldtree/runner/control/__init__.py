"""The side of our own process: starts runs, reads their journals, knows how they ended."""
