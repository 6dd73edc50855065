"""
Reports of a program: any metrics by any two dimensions, from a closed set of each.

`report` answers a query: `query` resolves it, `read` reads the counts it needs from the rows of `stats`, `dimensions`
says which row of the answer each belongs to, and `metrics` what is made of the counts. `table` is the same as CSV.
"""
