"""The passes, one pure function a file: a state and a bag of diagnostics in, a state out.

``pass_order`` lists them in the order in which they run, with the reason of each place.
"""
