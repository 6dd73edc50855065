"""
Whether everything that should have followed has followed.

`compare` walks a day: clicks against statistics, and (by `follow`) conversions against decisions,
rewards, ledger, payouts and messages; what is stored of a conversion (`gather`) is held to itself
(`contradictions`). It lists every difference with its repair, and repairs on request. A stream may lose a
record; what was stored is found here, and decided. `reconcile` does so by itself for yesterday and
today, and keeps what each day came to; `retain` sees to it that what has expired is gone.
"""
