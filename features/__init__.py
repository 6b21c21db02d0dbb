"""What the city knows of a subject: registers in, derived facts, online and point-in-time reads."""
