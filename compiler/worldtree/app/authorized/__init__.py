"""What a principal can ask for: each method names the permissions that it needs."""
