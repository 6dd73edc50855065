"""
What a partner sees once signed in: links, statements, payouts, settings, feedback, and the way out.

Who gives an email address at `/portal` gets an email with a link that is good once (`send_link`);
opened, it shows a button, and the button begins a session. Pages show what other rooms know and
call their verbs; they work without JavaScript, and have none.
"""
