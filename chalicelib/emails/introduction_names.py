"""
The names of emails about introductions that are for others than partners.

Pure: no I/O, no clock.
"""

# To who answers it: that it waits, and that its protection ends; and, once at most, to the introduced person.
TO_ANSWER, PROTECTION_ENDS, INTRODUCED = "introduction_to_answer", "introduction_protection_ends", "introduced"
