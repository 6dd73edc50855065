"""The page that emails are written on, as it is designed: `make emails` writes it as mail programs want it."""
