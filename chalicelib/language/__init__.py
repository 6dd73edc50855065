"""
What people read, in their language.

Texts come from gettext catalogs (`catalogs/de.po` is German, `en.po` the English they all begin with), and
money, dates, numbers and lists from the locale data of Babel. A language is added by adding its catalog. Both
are loaded when the first page or email is made, so that no cold start, and no click, waits for them.
"""

# What a reader gets whose language has no catalog.
FALLBACK = "en"
