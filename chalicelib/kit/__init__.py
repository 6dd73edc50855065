"""
What every capability needs and none owns: time, ids, money, requests, and in `dynamo` rows and writes.

The kit knows nothing of referrals. Whoever writes a row uses `dynamo.writes`, whoever reads a stream uses `streams`.
"""
