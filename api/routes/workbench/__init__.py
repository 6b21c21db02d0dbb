"""The officers' desk as JSON, for an agency's own system: what the console does by pages."""
