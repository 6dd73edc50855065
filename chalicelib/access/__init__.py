"""
Who may call what.

A key is shown once and stored as a hash; it has scopes, and a route names the one it needs.
`endpoint` is the door every API route has: it knows the caller, reads the body, and answers.

People sign in to pages: a partner by a magic link, good once; an admin by a key. Either begins a
session, of which the browser has a cookie and we have a hash, and which can be ended anywhere.

What must not come too often, from somewhere or in somebody's name, is counted by the hour (`limit`).
"""
