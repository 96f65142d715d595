"""The tables of files that belong to a cluster or a project, whichever machine works on it."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, String, Table, Text

from worldtree.store.schema import metadata

cluster_files = Table(
    "cluster_files",
    metadata,
    Column("cluster", ForeignKey("clusters.id", ondelete="CASCADE"), primary_key=True),
    #: ``known_hosts``, or a path below ``pki/``.
    Column("name", String, primary_key=True),
    #: The sealed content: nothing in the database can be read without the key, which is elsewhere.
    Column("content", LargeBinary, nullable=False),
    #: sha256 (hex) of the sealed content: which version it is.
    Column("digest", String(64), nullable=False),
    Column("updated", Float, nullable=False),
)

archives = Table(
    "archives",
    metadata,
    #: The same content in two projects is two rows: the rights of a project end at its own.
    Column("project", ForeignKey("projects.id"), primary_key=True),
    #: sha256 (hex) of the content.
    Column("digest", String(64), primary_key=True),
    #: What people call it, and where it is from: ``upload``, ``git``.
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    #: Bytes of the content.
    Column("size", Integer, nullable=False),
    #: Here and not in ``contents``: programs of earlier schemas delete what no task has from there.
    Column("content", LargeBinary, nullable=False),
    Column("created", Float, nullable=False),
    #: JSON: who brought it.
    Column("actor", Text, nullable=False),
)
