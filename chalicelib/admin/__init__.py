"""
The admin pages: what admins see and do in a browser.

Signed in with an API key that has the scope `admin`, which is never kept in a page or a cookie, they
see programs with charts, partners, applications, rewards with evidence, payouts, events, messages,
dead letters, endpoints and terms. Pages call the same functions as the API, with the same checks. They work without
JavaScript, which only draws charts from tables (`static`).
"""
