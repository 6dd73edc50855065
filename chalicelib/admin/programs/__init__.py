"""Programs: their numbers, settings, look and end."""
