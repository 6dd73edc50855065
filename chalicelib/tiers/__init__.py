"""
How partners rise and fall: tiers, by the rules of the terms in force.

A schedule calls `promote`, which counts what each partner brought from the statistics and writes a
dated change to their history when it is another tier than before. `rewards` asks that history.
"""
