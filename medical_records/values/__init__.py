"""What may stand in the clinical fields: units, plausible ranges, codes. Pure code.

A check returns what is wrong with a value (`Fault`), and raises nothing whatever comes in.
"""
