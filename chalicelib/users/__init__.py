"""
The people who administer: who they are, their roles, and how they come in.

A user is invited by an owner, and signs in by a magic link; nothing that they may do is theirs before they have opened
an email. What a role gives is in one table (`roles`). Whoever changes somebody's roles, or removes them, ends their
sessions with the same write.
"""
