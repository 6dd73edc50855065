"""Terms of programs, by form."""
