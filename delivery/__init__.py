"""From match to money: pushes, claims, payments and reviews."""
