"""What lies outside Duixian: the synthetic city, its bank, its people and their behaviour."""
