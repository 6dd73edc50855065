"""
Who takes part: clients, formal partners and influencers who refer customers.

A partner belongs to the deployment and is enrolled in programs. Name and email address are
here and nowhere else; every other capability knows a partner by an opaque id. How a partner stands
(category, and tier in each program) is a history of dated changes; so is whom their money goes to.
"""
