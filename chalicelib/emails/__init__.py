"""
Emails: which event causes one, its recipient, when it is skipped, and how it is rendered.

`events_to_messages` enqueues what `triggers` return, and `send_monthly` the `monthly` summary. `messages_to_mailbox`
hands each message to `deliver`, which finds its `recipients`, checks the `skip_rules` and the `digest`, lets `render`
fill in its template (from `catalog`, or a program's own from `templates`) in the `markup` of emails, and sends it by
`ses`. Readers `unsubscribe`; `suppressions` has the addresses that bounced. `needs_you` emails admins directly,
without the outbox. Texts in each language are in `language`'s catalogs.
"""
