"""What lies outside Duixian and a demo or a test needs: the synthetic city, its bank, its people's behaviour."""
