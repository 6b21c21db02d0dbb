"""The city's policies as reviewed data, and the words they are written in."""
