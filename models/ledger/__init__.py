"""The ledger: one append-only, hash-chained, signed list of everything that happened."""
