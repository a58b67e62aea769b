"""Start the running script again with a Python that it supports. Must itself run on old ones."""

import os
import subprocess
import sys

NEEDED = (3, 11)
NAMES = ["python3.11", "python3.13", "python3.12", "python3.14"]


def restart_if_too_old():
    """Return if this Python will do; else go on in one that does, or end with a sentence."""
    if sys.version_info >= NEEDED:
        return
    for name in NAMES:
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            python = os.path.join(folder, name)
            if os.path.isfile(python) and runs(python):
                sys.stdout.flush()
                os.execv(python, [python] + sys.argv)  # noqa: RUF005
    sys.exit(
        "Python 3.11 or newer is needed, this is %d.%d, and no other was found on the PATH. "
        "Install one (Debian and Ubuntu: apt-get install python3.11 python3.11-venv) and run the "
        "same command with it." % sys.version_info[:2]
    )


def runs(python):
    """Return whether this interpreter starts and is new enough."""
    code = "import sys; sys.exit(sys.version_info < %r)" % (NEEDED,)
    try:
        return subprocess.call([python, "-c", code], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False
