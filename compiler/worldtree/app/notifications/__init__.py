"""Notifications of what changed: channels of teams, and their deliveries."""
