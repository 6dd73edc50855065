"""
Deletes a test program with everything that is in it.

`begin` takes it out of all lists and lets nothing new in, in one transaction with the audit entry. A schedule then
reads what is left (`facts`, `people`) and deletes it, each row after what only it leads to: whoever stops at any moment
leaves what leads to the rest, so the next run needs no position. A live program is never deleted.
"""
