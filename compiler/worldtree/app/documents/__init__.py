"""Documents and roles: everything that can be said of them before a task."""
