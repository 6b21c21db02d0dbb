"""Populations: columns coded once, policies run as bitmaps over the codes, verdicts as counts, planes and lists."""
