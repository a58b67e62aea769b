"""`python -m motionllm`: the command line."""

import sys

from motionllm.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
