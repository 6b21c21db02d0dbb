"""All of a policy but its rule and its cases as a form: read from the text, and written back where it was changed."""
