"""
Materials: what partners need to recommend well, in a program's own words.

`write` makes drafts, publishes and withdraws them: a new version is a new row, and one that was published never
changes. `find` and `applies` say which of them are for whom, `reading` who has read what. `starters` are words of ours
of every kind, which a program has until it publishes its own; `fill` and `markup` make a page or a text of words.
"""
