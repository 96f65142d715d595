"""What is loaded inside ansible-playbook: kept light, see the contract in pyproject.toml."""
