"""
The redirect, and the click it stores.

`redirect` is the Lambda function (`routes` the same for a local run): `follow` redirects the visitor and `record`
stores the click, in that order of importance: a click that cannot be stored never stops a redirect. Every hit is
stored with its class and the reason for it. `clicks_to_stats` counts these rows; nothing here counts, and nothing
here needs PynamoDB.
"""
