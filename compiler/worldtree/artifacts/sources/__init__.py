"""How the bytes of an artifact come from one place: a kind of source per scheme."""
