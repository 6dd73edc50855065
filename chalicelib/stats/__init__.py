"""
Numbers that can always be counted again from the rows.

`clicks_to_stats` and `rewards_to_stats` say which minutes changed; `recount` counts those minutes
from the rows and raises what is stored, so redelivery and disorder change nothing. `roll_up`, on a
schedule, adds up programmes and counts unique visitors. `sum_up` answers questions.
"""
