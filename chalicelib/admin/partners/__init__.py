"""Partners: who joins, who they are, how they stand."""
