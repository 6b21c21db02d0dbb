"""One rule in three forms that say the same: rows and groups of a form, the expression, YAML in a policy's text."""
