"""
Conversions (sign-ups, sales and events of the website's own) and refunds, as the website reports them.

A report is stored once under its business key, together with its attribution: who sent the customer, and why. `rewards`
reads these rows from their stream and decides what they earn. If who had sent a customer is reported later, what was
reported before is credited by a row of its own (`credit_late`).
"""
