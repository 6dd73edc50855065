"""
What a conversion earns, and whom.

`conversions_to_rewards` calls `decide` with every conversion and refund. Each ends in one decision,
written once with its reasons, together with the ledger entries it causes. `rewards_to_stats` and
`rewards_to_messages` read what is written here.
"""
