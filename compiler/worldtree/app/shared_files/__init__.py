"""Files that belong to a cluster: from the store for a task, and back to it, sealed."""
