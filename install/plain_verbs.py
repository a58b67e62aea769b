"""Write the table of verbs that are said in plainer ones, `english/plain_verbs.txt`.

    python3 install/plain_verbs.py /usr/share/wordnet

Plain verbs are those of PLAIN that packs of the checkout have learnt. Other verbs of the judge's
lexicon are said by the first plain one of their entry, which every pack has learnt if there is one;
the rest are those of WordNet (Princeton University, version 3.0; Debian's package wordnet-base)
that name a movement: where the first sense of one shares its set of synonyms, or the set above,
with a verb of the lexicon. What is more often a noun is left out.
"""

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "backend/src"))

from motionllm.english.phrases import expansions  # noqa: E402
from motionllm.english.words import stem  # noqa: E402
from motionllm.judge.lexicon import entries  # noqa: E402

OUT = ROOT / "backend/src/motionllm/english/plain_verbs.txt"
MOVEMENTS = {"29", "35", "38"}  # WordNet's files of verbs of the body, of contact and of motion
# Entries of the lexicon whose verbs are ways to say one thing; others gather what looks alike.
SAME = ("run", "jump", "turn", "spin", "punch", "kick", "throw", "dance", "fall", "look", "climb",
        "crouch", "lie")  # fmt: skip
# Verbs that may be said for others: those that name a movement and no thing.
_PLAIN = """
    amble bow chop circle clamber climb crawl crouch dance dart drag drink eat evade fall grab
    halt haul hit hurl hurry jab jump kick laugh lie look lunge march pull punch push retreat
    rotate run rush scurry shake shuffle slash sleep somersault spin stagger stare step stomp
    strike sway swing throw tiptoe toss turn twirl twist walk wander wave whirl
"""
PLAIN = set(_PLAIN.split())
WIDE = {"turn", "charge", "bound"}  # WordNet means clothing, blame and fetters by them as well
NOTICE = """\
# Verbs that are said in plainer ones: a verb, and what is said for it.
# Written by install/plain_verbs.py from the judge's lexicon and from WordNet 3.0:
#
# WordNet Release 3.0. This software and database is being provided to you, the LICENSEE, by
# Princeton University under the following license. By obtaining, using and/or copying this
# software and database, you agree that you have read, understood, and will comply with these
# terms and conditions: Permission to use, copy, modify and distribute this software and database
# and its documentation for any purpose and without fee or royalty is hereby granted, provided
# that you agree to comply with the following copyright notice and statements, including the
# disclaimer, and that the same appear on ALL copies of the software, database and documentation,
# including modifications that you make for internal use or for distribution. WordNet 3.0
# Copyright 2006 by Princeton University. All rights reserved. THIS SOFTWARE AND DATABASE IS
# PROVIDED "AS IS" AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS OR
# IMPLIED. BY WAY OF EXAMPLE, BUT NOT LIMITATION, PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR
# WARRANTIES OF MERCHANTABILITY OR FITNESS FOR ANY PARTICULAR PURPOSE OR THAT THE USE OF THE
# LICENSED SOFTWARE, DATABASE OR DOCUMENTATION WILL NOT INFRINGE ANY THIRD PARTY PATENTS,
# COPYRIGHTS, TRADEMARKS OR OTHER RIGHTS. The name of Princeton University or Princeton may not be
# used in advertising or publicity pertaining to distribution of the software and/or database.
# Title to copyright in this software, database and any associated documentation shall at all
# times remain with Princeton University and LICENSEE agrees to preserve same.
"""


def families() -> list[list[str]]:
    """Return the verbs that stand for an action by themselves, of each entry of SAME."""
    found = []
    for entry in (entries()[name] for name in SAME):
        phrases = [phrase for said in entry["say"] for phrase in expansions(said)]
        verbs = [match[1] for phrase in phrases if (match := re.fullmatch(r"\[([a-z]+)\]", phrase))]
        found.append(list(dict.fromkeys(verbs)))
    return found


def _words(entry: dict) -> set[str]:
    return {word for said in entry["say"] for word in re.findall("[a-z]+", said)}


def synonyms(wordnet: Path, known: set[str], read: set[str]) -> dict[str, str]:
    """Return verbs of movement that are not read, each with a known one that means the same."""
    sets = {}
    for line in (wordnet / "data.verb").read_text("utf-8").splitlines():
        if line.startswith(" "):
            continue
        part = line.split(" | ")[0].split()
        count = int(part[3], 16)
        rest = part[4 + 2 * count :]
        pointers = [rest[1 + 4 * index : 3 + 4 * index] for index in range(int(rest[0]))]
        above = [offset for sign, offset in pointers if sign == "@"]
        sets[part[0]] = (part[1], [word.lower() for word in part[4 : 4 + 2 * count : 2]], above)
    nouns = _more_often_nouns(wordnet)
    found = {}
    for line in (wordnet / "index.verb").read_text("utf-8").splitlines():
        part = line.split()
        if line.startswith(" ") or not part[0].isalpha() or part[0] in read | nouns:
            continue
        kind, words, above = sets[part[-int(part[2])]]
        near = words + [word for offset in above for word in sets[offset][1]]
        plainer = next((word for word in near if word in known), "")
        if kind in MOVEMENTS and plainer:
            found[part[0]] = plainer
    return found


def _more_often_nouns(wordnet: Path) -> set[str]:
    """Return words that WordNet's texts use more often as nouns than as verbs."""
    times: Counter[str] = Counter()
    for line in (wordnet / "cntlist.rev").read_text("utf-8").splitlines():
        key, _, count = line.split()
        word, _, sense = key.partition("%")
        times[word] += {"1": 1, "2": -1}.get(sense[0], 0) * int(count)
    return {word for word, count in times.items() if count > 0}


def main() -> int:
    """Write the table."""
    packs = [set(path.read_text("utf-8").split()) for path in (ROOT / "packs").glob("*/words.txt")]
    by_all, by_any = set.intersection(*packs), set.union(*packs)
    table: dict[str, str] = {}
    for verbs in families():
        able = [verb for verb in verbs if verb in PLAIN]
        able.sort(key=lambda verb: (stem(verb) not in by_all, stem(verb) not in by_any))
        for verb in verbs:
            table.setdefault(verb, able[0])
    read = {verb for entry in entries().values() for verb in _words(entry)}
    plain = {verb for verb in PLAIN if stem(verb) in by_any}
    near = synonyms(Path(sys.argv[1]), (plain | set(table)) - WIDE, read)
    table |= {verb: table.get(said, said) for verb, said in near.items()}
    lines = [f"{verb} {said}" for verb, said in sorted(table.items()) if stem(verb) != stem(said)]
    OUT.write_text(NOTICE + "\n".join(lines) + "\n", "utf-8")
    print(f"{len(lines)} verbs: {OUT}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
