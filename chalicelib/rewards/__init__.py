"""
What conversions earn, and the life of a reward.

`conversions_to_rewards` calls `decide` with every conversion and refund. Each ends in one decision, written once with
its reasons, together with the rewards and ledger entries it causes, within the caps. `mature` makes held rewards due on
a schedule; admins `review` them; benefits are `fulfill`led. `rewards_to_stats` and `rewards_to_events` read what is
written here.
"""
