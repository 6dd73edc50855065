"""
What whoever looks after the programs sees, and does, in a browser.

Signed in with an API key that has the scope `admin`, which is never kept in a page or a cookie, they
see programs with charts, partners, who joins and who is stuck, rewards and why they were given,
payouts, messages, dead letters and terms. Pages call the same verbs as the API, with the same checks.
They work without JavaScript: all there is of it draws charts from tables (`static`).
"""
