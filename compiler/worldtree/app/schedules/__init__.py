"""Schedules of clusters: when tasks start by themselves, and the windows in which none does."""
