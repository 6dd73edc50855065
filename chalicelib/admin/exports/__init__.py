"""Files of everything: clicks, conversions, rewards, partners and payments."""
