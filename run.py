"""The front door: ``python run.py run scenarios/bradford_2020.yaml``; ``python run.py --help`` lists the commands."""

import sys

from simulation.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
