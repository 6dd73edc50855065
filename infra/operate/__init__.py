"""
The operator's commands, a file each: deploy, keys, status, redrive, destroy.

Each prints its account, region and stage before it does anything, can be interrupted and run again, and
exits with 1 if something is wrong. They call AWS with the credentials of the person who runs them, or
an emulator at AWS_ENDPOINT_URL.
"""
