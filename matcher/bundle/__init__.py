"""The best lawful bundle: what to take together under exclusions, the highest of a group, and caps."""
