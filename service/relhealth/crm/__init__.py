"""One adapter a system: its exports and webhooks to histories, a score to its fields."""
