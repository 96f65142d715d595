"""The passes from text to a bundle: one pure function a file, run in order by ``compiler``."""
