"""
Dead letters: records that a stream handler gave up on, and how they are redriven.

Lambda writes records that failed too often into a bucket, whole (infra/tables.yaml). `dead_letter` parses them,
`find` lists them, `redrive` calls the function again and archives a dead letter when all its records were
processed. Stream handlers are idempotent, so a dead letter can be redriven at any time. `make redrive` does the same
without the API.
"""
