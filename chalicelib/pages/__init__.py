"""
Public pages: the join page, the terms in sentences, the share page, and unsubscribing.

Pages are rendered on the server, work without JavaScript and load nothing from other servers. They show
data of the other rooms; nothing depends on them.
"""
