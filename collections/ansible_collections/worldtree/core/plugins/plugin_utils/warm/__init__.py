# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The warm connection: a server on the host forks a process for each module.

Its imports are relative, so that WorldTree can load it without the collection.
"""
