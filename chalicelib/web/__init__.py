"""
What all pages share: their shell with its style and headers, forms, cookies, and what is said on more than one of them.

Pages are written on the server, work without JavaScript, and load nothing from anywhere else.
"""
