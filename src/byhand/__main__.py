"""``python -m byhand`` is the same as ``byhand``."""

import sys

from byhand.cli import main

if __name__ == "__main__":
    sys.exit(main())
