"""
The operator's commands, a file each: deploy, keys, status, redrive, destroy.

Each names its account, region and stage before it does anything, may be stopped and run again, and
ends with 1 if something is wrong. They speak to AWS with the credentials of whoever runs them, or
to an emulator behind AWS_ENDPOINT_URL.
"""
