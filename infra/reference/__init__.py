"""
`make reference`: writes docs/reference from what the code itself says.

`document.py` reads the API, `refusals.py` what a call may be refused with, `samples.py` and `examples.py` make
examples; `makefile.py` reads the Makefile. `api.py`, `errors.py`, `settings.py`, `functions.py` and
`cli.py` are a page each.
"""
