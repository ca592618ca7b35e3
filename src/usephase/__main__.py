"""`python -m usephase`: the command, where its script is not on the path."""

from usephase.cli import main

if __name__ == "__main__":
    main()
