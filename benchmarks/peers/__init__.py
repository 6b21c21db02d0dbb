"""The systems measured against: each reads the same rules in its own language, at its own best."""
