"""
What reactions gave up on, and how it is redriven.

Lambda puts the records that a reaction failed on too often into a bucket, whole (infra/tables.yaml).
`dead_letter` parses what it wrote, `find` lists the dead letters, `redrive` calls the function once more and puts
a dead letter away when all its records were taken. Reactions are
idempotent, so a dead letter may be delivered again at any time. `make redrive` does the same without the API.
"""
