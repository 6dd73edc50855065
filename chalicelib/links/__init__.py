"""
Links: a short address, or a typed code, of one partner in one program.

A code is random or a slug, belongs to its link forever and is case-insensitive.
The link's row has everything the redirect needs, so a click reads one row, or none while it is cached.
"""
