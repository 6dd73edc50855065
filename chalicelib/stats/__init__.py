"""
Numbers that can always be counted again from the rows.

`clicks_to_stats` and `rewards_to_stats` say which ranges changed; `recount` counts those from the
rows and raises what is stored, so redelivery and disorder change nothing. `roll_up`, on a schedule,
adds up days that are over, programs, and unique visitors. `sum_up` answers questions; `correct`
compares what is stored with the rows.
"""
