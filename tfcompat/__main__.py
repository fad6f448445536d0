"""`python -m tfcompat` is the `tfcompat` command."""

import sys

from tfcompat.cli.main import main

sys.exit(main())
