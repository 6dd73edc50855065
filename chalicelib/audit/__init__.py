"""
Who did what.

Whatever somebody decides is written together with an entry that says who did it: by which key, in which session, from
which page, or as which schedule (`actor`). The entries of an actor are chained by hash, as those of the ledger are
(`entries`), so that none can be changed or taken out unseen; `verify` walks them.

An entry holds no personal data, and no content: the subject's id, and keyed digests of its row before and after. What
is reported (conversions, refunds, clicks) has rows that are never changed, and is not entered once more.
"""
