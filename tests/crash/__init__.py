"""Crash tests: kill `wt apply` and its processes at random moments; `wt resume` must lose nothing.

``make crash`` runs them. The test suite contains a short run.
"""
