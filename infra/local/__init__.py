"""
The embedded default: the whole service on one machine, without an account and without Docker.

`engine` keeps MiniStack (DynamoDB, streams, S3, SES) as a child process, `gateway` serves app.py over
HTTP as API Gateway would, `pump` feeds it real stream records as Lambda would, obeying the settings
in infra/app.yaml, `dead_letters` keeps what it gave up on, `functions` answers Lambda's Invoke for what is
delivered again, and `console` adds what only a local run has: a mailbox page and a movable clock.
"""
