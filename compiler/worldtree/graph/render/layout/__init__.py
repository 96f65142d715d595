"""Layered drawing after Sugiyama: lanes for long edges, few crossings, straight lines."""
