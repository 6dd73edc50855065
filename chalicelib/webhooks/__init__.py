"""
Signed calls of a program's own server, which ask for a benefit to be given or taken back.

`events_to_messages` enqueues what `triggers` returns; `messages_to_webhooks` hands each message to
`call`, which posts it with a `signature` and marks the reward as given once the server said yes.
"""
