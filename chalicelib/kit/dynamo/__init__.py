"""
DynamoDB, from the socket up to rows and transactions.

`http1` is a kept connection, `sigv4` and `credentials` sign for it, `wire` sends and tries again. On the wire sit
`items`, plain maps for the click path, and `models` with `attributes` and `rows`, PynamoDB for everything else.
Write with `writes`: only it handles failed conditions and throttled calls.
"""
