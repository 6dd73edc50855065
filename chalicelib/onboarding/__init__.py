"""
How people become partners, and their onboarding steps.

An admin invites (`invitations`), a person joins on the join page (`join`), or applies there and is approved
(`applications`). A person who agrees is enrolled with the version of the terms and its hash. An invitation, an
application and a form have one key each, so that repeating them has no effect; emails are enqueued in the same write.

Onboarding steps are never stored: `progress` derives them from the facts of the other rooms, and `check_ins`
names partners who are stuck or have gone quiet.
"""
