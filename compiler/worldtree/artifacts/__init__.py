"""Artifacts on the control side: the lock file, the cache by content, and downloads.

What is needed is data of ``worldtree.plan.artifact``; ``worldtree.app.artifacts`` asks for it here.

- ``lock_file``: the sha256 of every file that a document needs.
- ``cache``: files by their sha256, shared between clusters, tasks and processes.
- ``sources``: how bytes come from one place; packages add schemes.
- ``fetcher``, ``download_queue``: one file from its sources in order; many at once.
"""
