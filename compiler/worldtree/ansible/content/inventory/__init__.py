"""Inventories: those that a team brings along, and the one that goes into a bundle."""

from __future__ import annotations
