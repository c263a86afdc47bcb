"""`python -m jposocial` is the console script."""

from jposocial.cli import main

main()
