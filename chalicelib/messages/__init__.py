"""
What is to be said to whom: letters, and calls to a program's webhook, once per event.

`rewards_to_messages` and `ledger_to_messages` call `thank`, `partners_to_messages` calls `accompany`; each
puts a message under a key that can exist only once. `messages_to_mailbox` calls `deliver`, which claims it,
asks `refrain` whether it is still to be sent and `gather` whether the day's letter tells of it, has
`compose` write it from what is known at that moment, sends it by SES, and marks it; `messages_to_webhooks`
calls `call` in the same way. `send_waiting` wakes letters for later, `sweep` what does not move, and failed
calls when their back-off is over; a person does by `retry`. `suppress` keeps the addresses that letters came
back from, or that want no invitations; `override` a program's own words. `send_monthly` puts letters of a
partner's month and milestones. Rows hold ids only, no address.
"""
