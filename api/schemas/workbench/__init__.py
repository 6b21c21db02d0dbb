"""The shapes of the officers' workbench, by noun."""
