"""
Notes: what people write about a change, for the record.

Immutable rows have a code, its numbers, and a note's id, which is a salted digest of the text. The text is stored
here: a note can be erased, and everything signed or chained over its id stays valid.
"""
