"""The control side, in the process of ``wt``: starts runs, follows journals, reads outcomes."""
