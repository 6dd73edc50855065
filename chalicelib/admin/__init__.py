"""
The admin pages: what owners, managers and other people who administer see and do in a browser.

They sign in by email. Pages call the same functions as the API, with the same checks. They work without JavaScript,
which only draws charts from tables (`static`). Here is what all of them share; each room in here has the pages of one
subject: `*_pages` gathers what a page shows, `*_views` answers its address, and `*_forms` or `*_reading` read what
people typed.
"""
