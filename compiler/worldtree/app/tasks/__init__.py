"""Tasks: apply, resume, replan, cancel, roll back, dry run, drift, history."""
