"""What the commands' parsers have in common. Standard library at import."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any, NoReturn, TypeAlias

from motionllm.errors import MotionError
from motionllm.requests import FIELDS, GenerateRequest, Wish, wish_of

Commands: TypeAlias = "argparse._SubParsersAction[Any]"


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise MotionError("bad_request", _sentence(message), f"See: {self.prog} --help")


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def add_command(
    commands: Commands, name: str, summary: str, epilog: str | None = None
) -> argparse.ArgumentParser:
    """Add a command and return its parser; the epilog is printed as it stands."""
    return commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".",
        epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip


def add_fields(parser: argparse.ArgumentParser, kind: type) -> None:
    """Add an option for each field of a request class that a command line can say.

    "text" is positional; a switch that is on by default becomes --no-NAME. What is left out is
    None, which `from_table` takes for the field's own default.
    """
    for one in fields(kind):
        if "wish" not in one.metadata:
            continue
        wish: Wish = wish_of(one)
        if one.name == "text":
            parser.add_argument("text", nargs="?", metavar=wish.metavar, help=wish.help)
            continue
        option = one.name.replace("_", "-")
        if wish.kind is bool:
            off = bool(one.default)
            parser.add_argument(
                f"--no-{option}" if off else f"--{option}", dest=one.name, default=None,
                action="store_false" if off else "store_true", help=wish.help,
            )  # fmt: skip
        else:
            parser.add_argument(f"--{option}", type=wish.kind, metavar=wish.metavar, help=wish.help)


def request_of(options: argparse.Namespace, **other: object) -> GenerateRequest:
    """Return what the options of `add_fields` ask for, checked.

    Args:
        other: fields that are not the options'.

    Raises:
        MotionError: "bad_request", with a sentence that names the field.
    """
    return GenerateRequest.from_table({name: getattr(options, name) for name in FIELDS} | other)
