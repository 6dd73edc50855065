"""The page that letters are written on, as it is designed: `make letters` writes it as mail programs want it."""
