# SPDX-License-Identifier: MIT
"""`python3 -m igdpt ...` is the command `igdpt ...`: $IGDPT_COMMAND, or the one in $PATH."""
import os
import sys


def main() -> None:
    """Become the command"""
    command = os.environ.get("IGDPT_COMMAND", "igdpt")
    try:
        os.execvp(command, ["igdpt", *sys.argv[1:]])
    except OSError as failure:
        print(f"{command}: {failure.strerror}", file=sys.stderr)
        sys.exit(3)  # as the command itself: it could not run


if __name__ == "__main__":
    main()
