"""Makes the lab's fixtures known to all tests."""

pytest_plugins = ["lab_plugin"]
