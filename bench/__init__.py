"""
What is measured, and against what. `make bench` runs all of it.

Every family of lines is a file: what it runs and what it is compared with stand side by side in it,
and its `measure` returns lines and tables. Ratios are measured side by side in one run; what is
counted (calls, DynamoDB's units, modules, instructions) is counted from real calls and gates in
`tests/bench`. Times are printed, never gated.
"""
