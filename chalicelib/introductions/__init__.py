"""
Introductions: a partner introduces a person by name to a program, and hears at each step what becomes of it.

`states` says which states there are and which may follow which; `offer` and `receive` take an introduction, `line`
decides who is first for a person, `turns` composes each change of state with its history, `move` is what the business
does, `check` what time does, `claims` what the introduced person says. Every change of state has a row of history,
which is an event by the table's stream.
"""
