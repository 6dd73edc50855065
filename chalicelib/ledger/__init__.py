"""
Who is owed what, and why: entries, written once and chained by hash.

An account is one owner's money in one currency. `append` lays out movements as entries at its end,
to be committed with what causes them; nothing is ever edited. `verify` walks all of it and names the
first row that does not follow; `statement` says what moved between two moments.
`ledger_to_messages` reads what is written here.
"""
