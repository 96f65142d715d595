"""Everything that a document needs as one file, for sites without a network."""
