"""Who qualifies: one compiled program, executed over a whole table or for one profile."""
