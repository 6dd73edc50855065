"""
Personal data: where they are, how somebody gets a copy of theirs, and how they are erased.

`places` says of each attribute of each table whether it is personal. `sources` walks through all rows about a person,
in pages; `export` returns what they say, and `erase` has `scrub` take out of them who it was. Amounts, decisions, the
ledger and its chains stay, about somebody of whom there is an id and nothing else.
"""
