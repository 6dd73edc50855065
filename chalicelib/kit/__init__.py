"""
What every capability needs and none owns: time, ids, money, rows, writes, requests.

The kit knows nothing of referrals. Whoever writes a row uses `writes`, whoever reads a stream
uses `streams`, and nobody else in the house handles DynamoDB's ways of saying no.
"""
