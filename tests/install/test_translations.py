"""Every word that the extension shows has a German entry, and entries fit what they stand for."""

import re
import string

import pytest
import translations

FILES = sorted(translations.FOLDER.glob("*.po"))


def test_all_that_is_shown_is_there_in_german():
    known = translations.read_po(translations.FOLDER / "de.po")
    shown = translations.collect()
    assert len(shown) > 350
    assert [key for key in shown if key not in known] == []


def test_what_is_collected():
    shown = translations.collect()
    assert ("Operator", "Generate") in shown and ("*", "Where It Ends") in shown
    assert ("*", "Added {0}") in shown and ("Operator", "Draw It Again") in shown
    assert ("*", "Describe the motion of the character in a sentence") in shown  # a docstring
    assert ("*", "Left knee") in shown and ("*", "The prompt list is empty.") in shown
    assert ("*", "a person walks") not in shown  # a prompt: the model reads English


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_entries_fit(path):
    """They are of what is shown, with the same gaps, and the file is as the tool writes it."""
    known, shown = translations.read_po(path), translations.collect()
    assert [key for key in known if key not in shown] == []
    for (_, text), translated in known.items():
        gaps = re.findall(r"\{\d\}", text)
        assert sorted(re.findall(r"\{\d\}", translated)) == sorted(gaps), text
        if gaps:
            assert all(field in (None, *"0123456789") for _, field, *_ in
                       string.Formatter().parse(translated)), text  # fmt: skip
    assert path.read_text("utf-8") == translations.po_text(path.stem, known)


def test_a_new_language_begins_with_what_is_shown(tmp_path):
    key = ("*", 'say "hello" and \\ go')
    path = tmp_path / "fr.po"
    path.write_text(translations.po_text("fr", {}), "utf-8")
    assert translations.read_po(path) == {}
    quoted = f"msgid {translations._quoted(key[1])}\nmsgstr {translations._quoted('à')}\n"
    path.write_text(path.read_text("utf-8") + quoted, "utf-8")
    assert translations.read_po(path) == {key: "à"}
