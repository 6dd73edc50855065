"""
The redirect, and the click it leaves behind.

`redirect` is the Lambda function (`routes` the same for a local run): `follow` sends the visitor on and
`record` stores what came by, in that order of importance: a click that cannot be stored never stops
anybody. Every hit is kept with its class and the reason for it. `clicks_to_stats` counts them again
from these rows; nothing here counts, and nothing here needs PynamoDB.
"""
