"""
Finds objects: lists with filters, newest first, with pages in both directions; and a search for any text (`search`).

Rows written with each sale have no index of their own here: conversions, referrals and rewards are listed by
their events (`by_event`), which are in lists by program, partner and customer. Every answer has a bounded number of
calls.
"""
