"""
Return on investment of a program: what it brought in margin, against all that it cost, line by line.

`costs` enters what only people know, and takes it back; `roi` reads what was counted, `lines` makes lines of it and
`returns` what follows from them, in exact fractions; `service` says what the calls cost by `prices.json`. `plan`
computes a program that does not run yet. Rows are in the table of programs.
"""
