"""People who administer, API keys, and personal data."""
