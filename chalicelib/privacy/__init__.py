"""
Personal data: where they are, how a person gets a copy, and how they are erased.

`places` says of each attribute of each table whether it is personal. `sources` walks through all rows about a person,
in pages; `export` returns their content, and `erase` has `scrub` remove the person from them. Amounts, decisions, the
ledger and its chains remain, about an id without a person.
"""
