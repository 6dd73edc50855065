"""
Ask moments: when a customer is asked to tell a friend, why, and what became of it.

Each event is compared once with each rule of its program (`decide.py`): a `Moment` is put, under an id made of both.
Whether it is asked is decided when it would be (`reasons.py`): a page or an email takes it (`asking.py`), in one
transaction with the row of the customer's asks, so that limits hold in parallel. A share of the customers is held out
(`arms.py`): what would be asked is noted, and nobody asks. What followed (`follow.py`) is counted in the same way for
both, and compared (`lift.py`).
"""
