"""
API keys, sign-in and rate limits.

A key is shown once and stored as a hash; it has scopes, and a route names the one it needs.
`endpoint` wraps every API route: it authorizes the caller, reads the body, and encodes the answer.

People sign in to pages by a magic link, which works once: partners, and users, who may also use a key. Both start a
session: the browser has a cookie, we store its hash, and it can be ended from any device.

`rate_limit` counts attempts per hour, by IP address or name.
"""
