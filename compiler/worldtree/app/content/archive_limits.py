"""What an archive of a stranger may have."""

from __future__ import annotations

from dataclasses import dataclass

#: Bytes that may be unpacked whatever the ratio: small files of zeros are no attack.
FREE_BYTES = 1_000_000
#: Bytes of the headers of an entry of a tar on average.
MEAN_HEADERS = 2048
#: Bytes of a path, and of the target of a link.
MAX_NAME = 500
#: Bytes that are read at once.
CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What one archive may have."""

    #: Bytes as it is sent.
    sent_bytes: int = 32 * 1024 * 1024
    #: Bytes of all that it unpacks to, and of one file.
    total_bytes: int = 64 * 1024 * 1024
    file_bytes: int = 16 * 1024 * 1024
    #: Files, directories and links, also directories that are only in paths of others.
    entries: int = 10_000
    #: How many times larger it may become.
    ratio: int = 100


#: Of a plain tar of what other archives may have: as large as that and its headers.
PLAIN_TAR_LIMITS = ArchiveLimits(
    sent_bytes=ArchiveLimits().total_bytes + MEAN_HEADERS * ArchiveLimits().entries
)
