"""
The graph: who brought whom into a program, to the source of influence.

A partner brings customers, by their referrals; a partner is a customer, by an id. So partners are a forest, whose
roots are the sources. A nightly walk reads the edges, adds up what flows through each partner, and stores both in few
rows beside the statistics; `path` reads upward from a customer, `tree` downward from a partner, `sources` lists roots.
No reward depends on it.
"""
