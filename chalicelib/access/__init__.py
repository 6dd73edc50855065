"""
Who may call what.

A key is shown once and stored as a hash; it has scopes, and a route names the one it needs.
`endpoint` is the door every API route has: it knows the caller, reads the body, and answers.
"""
