"""
The relationship: this customer was sent by that partner, on those terms.

The first attributed conversion of a customer in a program binds them to the partner who sent
them, for ever; `conversions.accept` writes that binding, and the customer, with the conversion. Who the customer
is (the caller's id, name, email address) is here and in no other table.
"""
