"""
What is to be sent: one row for each email and webhook call, its status, and the claim by which one sender has it.

`queue` enqueues a message under a key that can exist only once, claims it, and marks how its sending ended.
`jobs` are scheduled: `send_scheduled` requeues emails whose moment has come, `sweep` what does not move, and
failed webhook calls when their back-off is over; a person does by `retry`. What a message says, and how it is
sent, is for the rooms above: `emails` and `webhooks`. Rows hold ids only, no name and no address.
"""
