"""The add-on in other languages: a .po file each, by Blender's own translation registry.

Blender looks up what it draws by itself: labels, names, descriptions. Sentences that hold names or
numbers are English wherever they are made, the engine's process included; `said` finds the entry
that they were made from ("Added {0}") and puts what stood there into its translation. May import
bpy.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import bpy

from ..identity import PACKAGE

FOLDER = Path(__file__).parent
Key = tuple[str, str]  # context, English; as Blender's registry has them
DEFAULT_CONTEXT = "*"
_GAP = re.compile(r"\\\{\d\\\}")  # {0}, escaped for a regular expression
_LETTERS = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPES = {r"\"": '"', r"\\": "\\", r"\n": "\n", r"\t": "\t"}

_messages: dict[str, dict[Key, str]] = {}


def register() -> None:
    """Give Blender what the .po files hold; one without any translation is no language."""
    _messages.update({path.stem: read_po(path) for path in sorted(FOLDER.glob("*.po"))})
    bpy.app.translations.register(PACKAGE, _messages)


def unregister() -> None:
    """Undo `register`."""
    bpy.app.translations.unregister(PACKAGE)
    _messages.clear()
    _found.cache_clear()
    _templates.cache_clear()


def read_po(path: Path) -> dict[Key, str]:
    """Return the translations of a .po file (gettext's format); those still empty are left out.

    Args:
        path: of a file in UTF-8, named after the language as Blender does: de.po, pt_BR.po.
    """
    messages: dict[Key, str] = {}
    entry: dict[str, str] = {}
    field = ""
    for line in [*path.read_text("utf-8").splitlines(), "msgid"]:
        if line.startswith(("msgctxt", "msgid", "msgstr")):
            word = line.split(None, 1)[0]
            if "msgstr" in entry and word != "msgstr":
                if entry.get("msgid") and entry["msgstr"]:
                    key = entry.get("msgctxt", DEFAULT_CONTEXT), entry["msgid"]
                    messages[key] = entry["msgstr"]
                entry = {}
            field = word
            entry[field] = ""
        if line.startswith(("msg", '"')):
            entry[field] += "".join(_unescaped(text) for text in _LETTERS.findall(line))
    return messages


def said(text: str) -> str:
    """Return a text of the program in the language of Blender's interface.

    What no entry fits, a user's own words say, stays as it is.
    """
    locale = _locale()
    return _found(text, locale) if _messages and locale else text


def _locale() -> str:
    """Return the language of Blender's interface; "" where it is not translated."""
    on = bpy.context.preferences.view.use_translate_interface
    return bpy.app.translations.locale if on else ""


def look_up(text: str) -> str:
    """Return the entry of a text, as Blender finds it."""
    return bpy.app.translations.pgettext_iface(text)


@functools.lru_cache(maxsize=1024)  # panels ask at every redraw
def _found(text: str, locale: str) -> str:
    whole = look_up(text)
    if whole != text:
        return whole
    for pattern, template in _templates():
        match = pattern.fullmatch(text)
        if match is not None:
            translated = look_up(template)
            if translated == template:
                return text
            # A sentence, or a name of the program's, may stand in the sentence.
            return translated.format(*(_found(part, locale) for part in match.groups()))
    return text


@functools.lru_cache(maxsize=1)
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Return the entries with gaps, those with the most letters of their own first."""
    found = {text for table in _messages.values() for _, text in table if "{0}" in text}
    return [(pattern_of(text), text) for text in sorted(found, key=len, reverse=True)]


def pattern_of(template: str) -> re.Pattern[str]:
    """Return what matches a sentence that was made from an entry with gaps {0}, {1} ..., in order.

    Each gap is a group.
    """
    return re.compile(_GAP.sub("(.+?)", re.escape(template)), re.DOTALL)


def _unescaped(text: str) -> str:
    return re.sub(r"\\.", lambda match: _ESCAPES.get(match[0], match[0]), text)
