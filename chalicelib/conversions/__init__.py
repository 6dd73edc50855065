"""
Sign-ups, sales, events of the website's own, and refunds, as it reported them.

A report is stored once under its business key, with the answer to who sent the customer and why we
think so; what it earns anybody is decided by `rewards`, which reads these rows from their stream. If
who had sent a customer is told later, what was told before is credited by a row of its own (`credit_late`).
"""
