"""
Emails: which event causes one, who it goes to, whether it is still to be sent, and how it is rendered.

`events_to_messages` enqueues what `triggers` return, and `send_monthly` the `monthly` report. `needs_you` writes to
admins, by itself: it is nobody's message. `messages_to_mailbox`
hands each message to `deliver`, which asks for its `recipients`, whether `skip_rules` or the `digest` keep it from
being sent, has `render` fill in its template (`catalog`, or a program's own of `templates`) in the `markup` of emails,
and gives it to `ses`. Readers `unsubscribe`; `suppressions` keep the addresses that bounced. Texts in each language
are in `language`'s catalogs.
"""
