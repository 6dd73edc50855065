"""
Ask moments: when a customer is asked to tell a friend, why, and what became of it.

Each event is compared once with each rule of its program (`decide.py`): a `Moment` is put under an id that is made of both.
Whether it may be asked is decided when it is (`reasons.py`): a page of the website (`ask.py`) or an email (`by_email.py`)
takes it in one transaction with the row of the customer's asks, so that limits hold in parallel.
A share of the customers is held out (`arms.py`): what would have been asked is noted, and nobody asks.
What followed (`follow.py`) is counted in the same way for both, and compared (`lift.py`).
"""
