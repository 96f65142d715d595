"""WorldTree compiles a declarative cluster document into reviewed Ansible and runs it."""

__version__ = "0.1.0"
