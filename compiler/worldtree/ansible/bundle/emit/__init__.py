"""The files of a bundle: what goes in, and how it is written."""
