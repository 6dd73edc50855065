"""
What all pages share: their shell with its style and headers, forms, cookies, and texts shared by several pages.

Pages are rendered on the server, work without JavaScript, and load nothing from other servers.
"""
