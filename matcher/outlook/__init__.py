"""What lies ahead: when verdicts turn by time alone, what is nearly reached, what to ask next."""
