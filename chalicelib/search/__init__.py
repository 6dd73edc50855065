"""
Finds things: lists with filters, newest first, that go on both ways; and whatever somebody types (`search`).

What is written down with each sale has no index of its own here: conversions, referrals and rewards are listed by
their events (`by_event`), which are in lists by program, partner and customer. Every answer has a bounded number of
calls.
"""
