"""
The embedded default: the whole service on one machine, without an account and without Docker.

`service` connects everything, in six processes. The first has `engine`, which is AWS (MiniStack's DynamoDB, S3 and
SES, called through `ministack`, with `queries`, `writes` (with `updates` and `values`), `conditions` and
`quick_checks`, which know once what MiniStack would read again and again); `journal`, its data that outlive the
process; `pump`, which feeds functions with stream records as Lambda would, with the settings in infra/app.yaml;
`dead_letters`, the records that failed too often; `functions`, which answers Lambda's Invoke for redriven records;
`http`, with `gateway`, which calls functions as API Gateway would; `schedules`, which runs what EventBridge would; and
`console`, what only a local run has: a mailbox page and a movable clock. The others are `worker`s: one runs the API,
two the reactions, two what is scheduled. `processes` is how they call each other, and `wires` how the service in each
reaches the engine. `server` is MiniStack with an HTTP server, for clients that use HTTP to call AWS.
"""
