"""
Tiers: moves partners up and down by the terms in force.

A schedule calls `promote`, which reads each partner's numbers from the statistics and adds a dated change to
their history when their tier changes. `rewards` reads that history.
"""
