"""Orders and customers, and what corrects them."""
