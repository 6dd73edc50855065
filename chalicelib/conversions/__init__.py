"""
Conversions (sign-ups, sales and custom events) and refunds, as the website reports them.

A report is stored once under its business key, together with its attribution: who referred the customer, and why.
`rewards` reads these rows from their stream and decides what they earn. If a referral is reported later, earlier
conversions are credited by a row of their own (`credit_late`).
"""
