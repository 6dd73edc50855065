"""
Referrals: which partner referred a customer, on which terms.

The first credited conversion of a customer in a program binds them to the partner who referred
them, forever; `conversions.accept` writes this binding, and the customer, with the conversion. Personal data of
customers (the caller's id, name, email address) is in this table only.
"""
