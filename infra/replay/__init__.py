"""
Replays real purchases and real visits through the HTTP API, and checks the books.

`sources` reads the data, `story` invents the referrals (with a seed), `shop` plays it over HTTP with
the clock moved along the purchases' own dates, and `books` calculates every balance on its own, in
exact fractions, from the story alone.
"""
