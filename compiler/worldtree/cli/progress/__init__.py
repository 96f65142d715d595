"""What a person sees while a task runs: events go in, a small state is folded, a view draws it."""
