"""
Links: a short address, or a code to be typed, that stands for one partner in one program.

A code is random or a slug, belongs to its link for ever and is found whatever its case.
The link's row holds all the redirect needs, so a click reads one row, or none while it is warm.
"""
