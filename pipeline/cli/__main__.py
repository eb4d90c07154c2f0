"""``python -m fairflip.pipeline.cli`` is ``fairflip``."""

import sys

from fairflip.pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main())
