"""What the parts of a document may do to the machine that compiles and runs it."""
