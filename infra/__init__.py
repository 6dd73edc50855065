"""How Goodword is run: the tables, what is merged into the packaged app, and the local default."""
