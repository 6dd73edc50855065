"""
Partners: clients, formal partners and influencers who refer customers.

A partner belongs to the deployment and is enrolled in programs. Names and email addresses are stored only
here; all other rooms use a partner's opaque id. A partner's standing (category, and tier in each program) is a
history of dated changes; so is their payee.
"""
