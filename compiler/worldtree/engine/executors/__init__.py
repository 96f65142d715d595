"""The executor protocol, and executors around or instead of the runner."""
