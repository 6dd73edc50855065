"""
Programs and their terms.

An admin creates a program with its first terms. Terms have versions: each is in force from its own
date until the next one begins, and never changes. A referral keeps the version of its winning touch
forever, and that version decides what it earns. The format of terms is in `terms`.
"""
