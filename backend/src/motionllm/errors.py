"""The one exception that crosses module and process boundaries. Standard library only."""

CODES = frozenset(
    {
        "bad_request",  # the user's input cannot be used as it is
        "bad_file",  # a file is unreadable, cut off or of another kind
        "bad_pack",  # a model pack is broken or of another format
        "no_pack",  # no such model pack
        "no_backbone",  # the language model's file is missing
        "no_engine",  # the wanted engine is not installed
        "no_rig",  # an armature or skeleton is no humanoid
        "cancelled",  # stopped on request
        "protocol",  # the two processes do not speak the same version
        "backend_died",  # the backend process ended
        "timeout",  # no answer in time
        "download",  # fetching a file failed
        "output",  # a result cannot be written
        "missing_dependency",  # an optional library is not installed
        "internal",  # a defect of this program
    }
)


class MotionError(Exception):
    """A failure told to the user: what happened and what to do about it.

    Attributes:
        code: one of CODES, for programs.
        message: one sentence, for people.
        hint: what to do next; may be empty.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        if code not in CODES:
            raise ValueError(f"unknown error code {code!r}")
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()
