"""The checks that pass ``roles`` runs, one file each."""

from __future__ import annotations
