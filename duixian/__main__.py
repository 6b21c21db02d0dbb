"""`python -m duixian`, the same as the `duixian` command."""

from duixian.cli import main

main()
