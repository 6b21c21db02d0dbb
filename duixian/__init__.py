"""The composition root: settings, bootstrap and the `duixian` command."""
