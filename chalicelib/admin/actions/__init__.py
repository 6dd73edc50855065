"""Action items, partners who need attention, and targets."""
