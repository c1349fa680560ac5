"""`python -m scratchae` is the command line."""

import sys

from scratchae.cli import main

sys.exit(main())
