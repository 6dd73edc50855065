"""
Events: one row for each fact, written once and never changed.

`catalog` is closed: every type of event there is; `data` has the shape of what each says. Reactions to the streams of
facts turn them into events (`conversion_events`, `money_events`, ...), `record` writes each once under an id derived
from its fact, and emails and webhook calls follow from events only, so no stream of facts needs a third reader. `find`
lists events in the order in which they were recorded. They contain ids and money, but no names or addresses.
"""
