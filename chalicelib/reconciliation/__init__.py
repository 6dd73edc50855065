"""
Consistency checks between facts and their effects.

`compare` walks a day: clicks against statistics, and (by `effects`) conversions against decisions, rewards, ledger,
payouts and messages, facts against events, and (by `deliveries`) events against what webhook endpoints received. All
stored rows of a conversion (`history`) are checked against `invariants`. Every difference is listed with its repair,
and repaired on request: if a stream loses a record, its fact is found here and decided. `reconcile` does this
automatically for yesterday and today, and stores a report for each day; `retain` deletes expired rows.
"""
