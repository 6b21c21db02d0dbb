"""The `duixian` command."""

from duixian.cli.app import main

__all__ = ["main"]
