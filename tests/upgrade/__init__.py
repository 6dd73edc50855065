"""
What older code wrote, read by today's.

`first.json` and `money.json` hold rows, and stream records in the shape Lambda hands them over, as
the commits they name wrote them when a programme, a partner, a link, a click, a sign-up, two sales
(one of a stranger's) and a refund went through the API. `messages.json` holds rows of emails that were
sent, scheduled, digested and refused, and of what they are about. They are records: nothing changes them.
When rows change, record the ones before the change in a file beside these.
"""
