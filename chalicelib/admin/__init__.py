"""
What whoever looks after the programmes sees, and does, in a browser.

Signed in with an API key that has the scope `admin`, which is never kept in a page or a cookie, they
see programmes with charts, partners, rewards and why they were given, payouts, messages and terms.
Pages call the same verbs as the API, with the same checks. They work without JavaScript: all there is
of it draws charts from tables (`static`).
"""
