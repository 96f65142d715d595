"""Live streams of tasks, and pages of their logs."""
