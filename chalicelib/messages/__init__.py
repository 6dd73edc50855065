"""
What is to be said to whom: letters, and calls to a programme's webhook, once per event.

`rewards_to_messages` and `ledger_to_messages` call `thank`, which puts a message under a key that
can exist only once. `messages_to_mailbox` calls `deliver`, which claims it, writes the letter from
what is known at that moment, sends it by SES, and marks it; `messages_to_webhooks` calls `call` in
the same way. `sweep` wakes what does not move, and failed calls when their back-off is over; a person
does by `retry`. `send_monthly` puts a letter of a partner's month. Rows hold ids only, no address.
"""
