"""
What happened, for whoever listens: one row for each fact, written once, and never changed.

`catalog` is closed: every type of event there is, with the shape of its data. Reactions to the streams of facts make
events of them (`conversion_events`, `money_events`, ... say which), `record` writes each once under an id that its
fact alone decides, and emails and webhook calls follow from events only: so no stream of facts needs a third reader.
`find` lists them, in the order in which they were written. They hold ids and money, and nobody's name or address.
"""
