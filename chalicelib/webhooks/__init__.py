"""
Signed calls to webhook endpoints: events, and requests to give benefits.

A program, or the whole deployment, has `endpoints`, each with types and a secret of its own. `events_to_messages`
enqueues what `triggers` returns; `messages_to_webhooks` hands each batch of messages to `call`, which posts them
concurrently, each with a `signature`, and returns their results. The benefits webhook (`benefits`) is an endpoint, too:
its 2xx marks a reward as given. `deliveries` lists an endpoint's deliveries and replays a period. A `crm` is called by
its own API, with stored `credentials`.
"""
