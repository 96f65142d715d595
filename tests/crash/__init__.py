"""Kills `wt apply` and its processes at random moments; `wt resume` must lose nothing.

``make crash`` runs it; a short run is among the tests.
"""
