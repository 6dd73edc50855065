"""
The partner portal: links, statements, payouts, settings, feedback, and leaving.

A partner enters an email address at `/portal` and gets an email with a link that works once (`send_link`).
The link shows a button, and the button starts a session. Pages show data of other rooms and call their
functions; they have no JavaScript.
"""
