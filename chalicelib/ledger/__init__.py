"""
What is owed to whom: entries written once, chained by hash, and the balances they add up to.

Every account is an owner and a currency. An entry moves money between its parts (held, due, paid)
and the programme's expense, and sums to zero; the head row holds the balances and the last hash.
Whoever has a reason to move money commits it together with the movement: the ledger only lays it out.
"""
