"""Plans that are compiled without being run, their approvals, and when they may run."""
