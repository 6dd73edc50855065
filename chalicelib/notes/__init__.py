"""
Notes: what people say about a change, for the record.

Rows that are never changed hold a code, its numbers, and a note's id, which is a salted digest of the words. The words
stand here, beside them: a note can be erased, and what was signed or chained over its id is as valid as before.
"""
