"""
The outbox: one row for each email or webhook call, with its status and its sender's claim.

`queue` enqueues a message under a key that can exist only once, claims it, and stores the result.
`jobs` are scheduled: `send_scheduled` requeues scheduled emails when they are due, `sweep` requeues stuck messages
and failed webhook calls after their back-off; people use `retry`. The content and the sending of a message belong
to `emails` and `webhooks`. Rows have ids only, no names or addresses.
"""
