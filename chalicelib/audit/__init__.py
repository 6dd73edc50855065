"""
The audit trail: who did what.

Every decision is written together with an entry that says who made it: which key, session, public page or schedule
(`actor`). The entries of an actor are chained by hash, like those of the ledger (`entries`), so that none can be
changed or removed unnoticed; `verify` checks them.

An entry has no personal data and no content: only the subject's id, and keyed digests of its row before and after.
Reports (conversions, refunds, clicks) have immutable rows and no audit entry.
"""
