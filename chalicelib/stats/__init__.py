"""
Counts that can always be recounted from their rows.

The stream handlers `clicks_to_stats` and `rewards_to_stats` say which ranges changed; `recount` counts those from the
rows and raises what is stored, so redelivery and disorder change nothing. The scheduled job `roll_up` writes daily and
hourly rollups, and unique visitors. `report` and `rank` answer questions; `correct` compares what is stored with the
rows. How counts are stored is in `encoding`.
"""
