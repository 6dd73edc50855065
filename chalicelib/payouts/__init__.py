"""
Payouts in two steps, so that exactly what was reviewed is paid.

`prepare` freezes what every account is due, up to one numbered entry, and seals the list with a total and a hash.
The list is exported for payment (`export`, `formats`); `settle` then confirms it, or returns what
failed. An account is in at most one open payout.
"""
