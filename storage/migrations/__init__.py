"""The schema's history, step by step; `storage.migrate` runs it."""
