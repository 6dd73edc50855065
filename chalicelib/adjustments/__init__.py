"""
Adjustments: a bonus or a deduction that a person makes to a partner's account, with a reason and a note.

`adjust` posts one to the ledger, once for each id of the caller, or has it wait for a second person if it is above the
amount that `payouts.approval` sets; `decide` approves or refuses what waits. Rows are in the table of payouts.
"""
