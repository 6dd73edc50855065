"""
Consistency checks between facts and their effects.

`compare` walks a day: clicks against statistics, and (by `effects`) conversions against decisions, rewards, ledger,
payouts and messages. All that is stored of a conversion (`history`) is checked against `invariants`. Every difference
is listed with its repair, and repaired on request: a stream may lose a record, and what was stored is found here and
decided. `reconcile` does so by itself for yesterday and today, and keeps a report of each day; `retain` deletes what
has expired.
"""
