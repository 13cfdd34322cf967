"""The command line. It needs more packages than the library does: ``clearprop[cli]``."""

import sys

_EXTRA = ("typer", "rich")


def main() -> None:
    """Run the command that the arguments name; the entry point ``clearprop``."""
    try:
        from clearprop.cli.app import run

        run()
    except KeyboardInterrupt:  # while modules are imported; a command says it itself
        from clearprop.cli.interrupts import handled

        handled()
        sys.stderr.write("clearprop: interrupted.\n")
        sys.exit(130)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.exit("clearprop: the command line needs more packages: pip install 'clearprop[cli]'")
