"""
What is promised: programs and their terms.

An admin creates a program with its first terms. Terms are versions: each is in force from its own
date until the next one's, and is never changed. A referral keeps the version of its winning touch
for ever, and what it earns is decided by that version. What terms may say is in `terms`.
"""
