"""
Targets and action items: what a program aims for, how far it is, and what a person should do about it.

`set_target` sets, replaces and ends targets, and `measure` compares them with actual numbers. `rules` says by a table
what holds of a partner; `derive` opens an action item for it, once, and resolves it when it no longer holds; `change`
assigns, does and dismisses. The daily walk that gathers facts is `onboarding.check_partners`.
"""
