"""Ctrl-C for processes that tests start, which may run in the background themselves."""

import signal


def hear_ctrl_c() -> None:
    """To be run in a child before it begins.

    A test run that a shell put into the background has SIGINT ignored, and children inherit that.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
