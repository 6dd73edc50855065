"""
What all capabilities share: time, ids, money, requests, and in `dynamo` rows and writes.

The kit knows nothing about referrals. Write rows with `dynamo.writes`, read streams with `streams`.
"""
