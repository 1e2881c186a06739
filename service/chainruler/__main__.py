"""`python -m chainruler` is the command `chainruler`."""

import sys

from chainruler.cli import main

if __name__ == "__main__":
    sys.exit(main())
