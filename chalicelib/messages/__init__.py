"""
What emails say, to whom and whether still.

`rewards_to_messages` and `ledger_to_messages` call `thank`, `partners_to_messages` calls `accompany`; each
enqueues messages in the outbox. `messages_to_mailbox` calls `deliver`, which claims one, asks `refrain`
whether it is still to be sent and `gather` whether the day's digest tells of it, has `compose` write it from
what is known at that moment, and sends it by SES.
`suppress` keeps the addresses that emails came back from, or that want no invitations; `override` a program's
own words. `send_monthly` enqueues emails of a partner's month and milestones.
"""
