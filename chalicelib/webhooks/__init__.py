"""
Signed calls of other people's servers: events are told to endpoints, and benefits are asked for.

`endpoints` are those of a program, each with types and a secret of its own. `events_to_messages` enqueues what
`triggers` returns; `messages_to_webhooks` hands each batch of messages to `call`, which has all of them posted at the
same time, with a `signature` each, and says how each ended. Whoever gives `benefits` is an endpoint too: its yes marks
a reward as given. `deliveries` lists what an endpoint was sent, and replays a span.
"""
