"""One profile against every policy, in microseconds."""
