"""
The embedded default: the whole service on one machine, without an account and without Docker.

`engine` is AWS in this process (MiniStack's DynamoDB, S3 and SES), `journal` what of it outlives the
process, and `server` the same with HTTP before it, for what has to speak HTTP to AWS. `worker` is the
process in which functions run; `pump` feeds them stream records as Lambda would, obeying the settings in
infra/app.yaml, `dead_letters` keeps what it gave up on, and `functions` answers Lambda's Invoke for what
is delivered again. `service` ties them together. Before it, `http` listens, `gateway` calls functions as
API Gateway would, and `console` adds what only a local run has: a mailbox page and a movable clock.
"""
