"""
The people who administer: who they are, their roles, and how they sign in.

A user is invited by an owner, and signs in with a magic link; they have no rights before they have opened
an email. One table (`roles`) says what a role allows. Changing a person's roles, or removing them, ends their
sessions with the same write.
"""
