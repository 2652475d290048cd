"""A history to a score: the ledger's sums, the stance, actions, changes and the mirror."""
