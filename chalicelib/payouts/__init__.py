"""
Paying out in two steps, so that what is paid is exactly what was looked at.

`prepare` freezes what every account is due, up to one numbered entry, and seals the list with a total and a hash.
The list is exported for whoever moves the money (`export`, `formats`); `settle` then confirms it, or returns what
failed. An account is in one live payout at most.
"""
