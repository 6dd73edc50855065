"""
The ledger: who is owed what, and why. Entries are written once and chained by hash.

An account is one owner's money in one currency. `append` returns the writes that add movements at the end of accounts,
to be committed with what causes them; nothing is ever changed. `verify` checks the hash chains; `statement` lists the
movements between two moments. `ledger_to_events` reads these rows.
"""
