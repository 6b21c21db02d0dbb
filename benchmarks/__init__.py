"""Peers side by side: the same work by this project and by others, equal results first, then medians and ratios."""
