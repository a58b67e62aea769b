"""What the extension shows, for translators: .po files made and brought up to date. stdlib only.

    python3 install/translations.py LANGUAGE     # as Blender names it: de, fr, pt_BR

Adds what motionllm_blender/translations/LANGUAGE.po lacks, to be filled in, takes out what the
extension no longer says, and keeps the rest. Sentences with names or numbers have gaps {0}, {1}.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDON = ROOT / "motionllm_blender"
FOLDER = ADDON / "translations"
CONSTANTS = ("STAGES", "FETCHING", "CHOOSE")  # of texts that are shown
DEFAULT, OPERATOR = "*", "Operator"  # Blender's contexts
# In these rooms all that reads like words is shown; in the others what errors and messages say.
SHOWN = ("panels", "operators", "properties")
Key = tuple[str, str]
# Words that are no words of the interface: prompts stay English, a command is typed as it is.
NOT_SHOWN = {
    "motionllm serve", "a person walks", "a person walks forward, then waves",
    "{0} {1}", "{0}: {1}",
}  # fmt: skip
# What the panel shows and no module says in one piece, or another package says.
SKELETON = ROOT / "backend/src/motionllm/motion/skeleton.py"
OF_OTHERS = (
    "Writing",
    "{0} s on {1}, seed {2}",
    "{0} s on {1}, seed {2}, made in {3} s ({4})",
    "{0} s on {1}, made in {2} s",
    "Prompt {0}: {1}",
    "{0} failed: {1}.",
    "no reason was given",
    "Check the connection and the disk's space, then press the button again.",
    "The description of the motion is empty.",
    'Write what the person does, for example "a person walks forward".',
    "The description has {0} characters; the limit is {1}.",
    "Describe one motion in a sentence or two.",
    'Understood as "{0}".',
    "In {0} s {1} covers up to {2} m.",
    "In {0} s {1} covers up to {2} m, with about {3} s for the turn.",
    "{0} m in {1} s is faster than {2}, which covers up to {3} m in that time.",
    "{0} m in {1} s is faster than {2}, which covers up to {3} m in that time, with about {4} s "
    "for the turn.",
    "a walk",
    "a walk backwards",
    "a walk sideways",
    "a run",
    "a run backwards",
    "a run sideways",
    "Give it {0} s, or let it run.",
    "Give it {0} s, or let it end nearer.",
    "Let it run.",
    "Let it end nearer.",
    "A turn of {0} degrees takes about {1} s.",
    "Give it more time, or let it turn less.",
    "A loop ends where it begins, so no other end can be set.",
    "Leave out the end, or the loop.",
    "An end can be set for motions of up to {0} s.",
    "Ask for a shorter motion, or leave the end to the model.",
    "Unsure: no motion was learnt for {0}; say it in plainer words if it came out wrong.",
)
_WORDS = re.compile(r"[A-Z][a-z]|[a-z]+ [a-z{]|[A-Z\d] [a-z]{2}")
_NO_WORDS = re.compile(r", |MOTIONLLM_|VIEW3D_|bl_|motionllm_|\*\.|[A-Z_]+\.|preferences\.|//")


def collect(folder: Path = ADDON) -> dict[Key, str]:
    """Return what is shown, (context, English), with the file that it stands in."""
    found: dict[Key, str] = {}
    for path in sorted(folder.rglob("*.py")):
        room = path.relative_to(folder).parts[0]
        if room in ("headless", "translations"):  # of the command line; of nothing that is shown
            continue
        tree = ast.parse(path.read_text("utf-8"))
        everything = room in SHOWN or room == "preferences.py"
        for key in [*_of_classes(tree), *_of_calls(tree, everything)]:
            if key[1] not in NOT_SHOWN:
                found.setdefault(key, path.relative_to(ROOT).as_posix())
    for text in (*_joints(), *OF_OTHERS):
        found.setdefault((DEFAULT, text), "backend/src/motionllm")
    return found


def _joints() -> list[str]:
    """Return the joints' names as the panel writes them."""
    for line in ast.parse(SKELETON.read_text("utf-8")).body:
        if isinstance(line, ast.AnnAssign) and ast.unparse(line.target) == "JOINT_NAMES":
            names = ast.literal_eval(line.value) if line.value is not None else ()
            return [name.replace("_", " ").capitalize() for name in names]
    raise ValueError(f"{SKELETON} names no joints")


def _of_classes(tree: ast.Module) -> Iterator[Key]:
    """Yield labels, and the descriptions of operators: those are their docstrings."""
    for one in ast.walk(tree):
        if not isinstance(one, ast.ClassDef):
            continue
        operator = "_OT_" in one.name
        values = {
            line.targets[0].id: template(line.value)
            for line in one.body
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
        }
        if values.get("bl_label"):
            yield (OPERATOR if operator else DEFAULT), values["bl_label"]
        if operator:
            yield DEFAULT, values.get("bl_description") or ast.get_docstring(one) or ""


def _of_calls(tree: ast.Module, everything: bool) -> Iterator[Key]:
    silent, titles = _silent(tree), _titles(tree)
    for one in ast.walk(tree) if everything else _said(tree):
        text = "" if one in silent else template(one)
        if text and _WORDS.search(text) and not _NO_WORDS.match(text):
            yield (OPERATOR if one in titles else DEFAULT), text


def _silent(tree: ast.Module) -> set[ast.AST]:
    """Return texts that are not shown by themselves: parts of others, keys, docstrings, labels."""
    silent: set[ast.AST] = set()
    for one in ast.walk(tree):
        docstring = _docstring(one)
        if docstring is not None:
            silent.add(docstring)
        if isinstance(one, (ast.Compare, ast.Subscript, ast.JoinedStr)):
            silent.update(part for part in ast.walk(one) if isinstance(part, ast.Constant))
        label = isinstance(one, ast.Assign) and getattr(one.targets[0], "id", "")[:3] == "bl_"
        if label or (isinstance(one, ast.Call) and _name(one) == "push_undo"):
            silent.update(ast.walk(one))
    return silent


def _titles(tree: ast.Module) -> set[ast.AST]:
    """Return texts of buttons, which Blender looks up among operators."""
    return {
        part
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and _name(one) == "operator"
        for keyword in one.keywords
        if keyword.arg == "text"
        for part in ast.walk(keyword.value)
    }


def _said(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the parts of a module that hold errors and messages."""
    for one in ast.walk(tree):
        if _says(one):
            yield from ast.walk(one)


def _says(one: ast.AST) -> bool:
    if isinstance(one, ast.Call) and _name(one) in ("MotionError", "begin", "progress"):
        return True
    if isinstance(one, ast.FunctionDef):
        return one.name in ("size_text", "told")
    if isinstance(one, ast.Assign) and getattr(one.targets[0], "id", "") in CONSTANTS:
        return True
    return isinstance(one, (ast.Assign, ast.Call)) and "status." in ast.unparse(one)


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _docstring(one: ast.AST) -> ast.AST | None:
    body = getattr(one, "body", None)
    if (
        isinstance(body, list)
        and body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
    ):
        return body[0].value
    return None


def template(one: ast.AST) -> str:
    """Return a text, what is put in it as gaps {0}, {1} ...; "" for what is none."""
    if isinstance(one, ast.Constant) and isinstance(one.value, str):
        return one.value
    if not isinstance(one, ast.JoinedStr):
        return ""
    parts, gap = [], 0
    for part in one.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{gap}}}")
            gap += 1
    return "".join(parts)


def po_text(language: str, known: dict[Key, str]) -> str:
    """Return a .po file with all that is shown, and what of it is translated."""
    lines = [
        'msgid ""', 'msgstr ""', f'"Language: {language}\\n"',
        '"Content-Type: text/plain; charset=UTF-8\\n"', '"Content-Transfer-Encoding: 8bit\\n"', "",
    ]  # fmt: skip
    for (context, text), place in collect().items():
        lines.append(f"#: {place}")
        if context != DEFAULT:
            lines.append(f"msgctxt {_quoted(context)}")
        lines += [f"msgid {_quoted(text)}", f"msgstr {_quoted(known.get((context, text), ''))}", ""]
    return "\n".join(lines)


def read_po(path: Path) -> dict[Key, str]:
    """Return what a .po file translates, read as the extension does, but without bpy."""
    source = (FOLDER / "__init__.py").read_text("utf-8")
    wanted = {"read_po", "_unescaped", "_LETTERS", "_ESCAPES", "DEFAULT_CONTEXT", "Key"}
    tree = ast.parse(source)
    tree.body = [
        line for line in tree.body
        if getattr(line, "name", None) in wanted
        or (isinstance(line, ast.Assign) and getattr(line.targets[0], "id", None) in wanted)
        or (isinstance(line, ast.ImportFrom) and line.module == "__future__")
    ]  # fmt: skip
    space: dict = {"re": re, "Path": Path}
    exec(compile(tree, "read_po", "exec"), space)
    return space["read_po"](path)


def main() -> int:
    """Write the .po file of a language and say how much of it is left to do."""
    if len(sys.argv) != 2 or not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", sys.argv[1]):
        print(__doc__, file=sys.stderr)
        return 2
    path = FOLDER / f"{sys.argv[1]}.po"
    known = read_po(path) if path.exists() else {}
    path.write_text(po_text(sys.argv[1], known), "utf-8")
    left = sum(key not in known for key in collect())
    print(f"{path}: {left} to translate")
    return 0


def _quoted(text: str) -> str:
    for plain, escaped in (("\\", r"\\"), ('"', r"\""), ("\n", r"\n"), ("\t", r"\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


if __name__ == "__main__":
    sys.exit(main())
