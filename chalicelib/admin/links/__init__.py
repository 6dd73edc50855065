"""Links, and their clicks."""
