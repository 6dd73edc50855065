"""
Who may call what.

A key is shown once and stored as a hash; it has scopes, and a route names the one it needs.
`endpoint` wraps every API route: it authorizes the caller, reads the body, and encodes the answer.

People sign in to pages: a partner by a magic link, good once; an admin by a key. Either begins a
session: the browser has a cookie, we store its hash, and it can be ended from any device.

What must not be tried too often, from one address or in one name, is counted by the hour (`rate_limit`).
"""
