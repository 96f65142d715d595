"""Carries out runs of a bundle: supervisor process, its parent's side, translation of events.

Nothing is imported here: the supervisor's start-up time is part of every run.
"""
