"""
Texts and formats in the reader's language.

Texts come from gettext catalogs (`catalogs/de.po` is German, `en.po` the English source); money, dates, numbers
and lists from the locale data of Babel. To add a language, add its catalog. Both are loaded when the first page
or email is rendered, so that no cold start and no click waits for them.
"""

# For readers whose language has no catalog.
FALLBACK = "en"
