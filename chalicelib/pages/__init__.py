"""
What people see: the join page, the terms in words, and the share page, which a partner opens on a phone.

Pages are written on the server, work without JavaScript, load nothing from anywhere else, and show
what the other capabilities know; nothing depends on them.
"""
