"""Secrets: providers, the process that holds them during a task, and their removal from texts."""
