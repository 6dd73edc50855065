"""
How people become partners, and how far they have got.

An admin invites (`invitations`), somebody joins on the join page (`join`), or applies there and is approved
(`applications`). Whoever agrees is enrolled with the version of the terms and its hash. An invitation, an application
and a form each have one key, so that what is done twice is done once; emails are put in the same write.

How far a partner has got is never stored: `progress` derives it from the facts of the other rooms, and `check_ins`
names those who are stuck or have gone quiet.
"""
