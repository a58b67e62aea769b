"""Captions of a clip: sentences from its label, its measured facts and the data's own words.

The label names the action and the style; every side, direction, turn, count, distance and speed is
measured.
"""

from __future__ import annotations

from motionllm.data.captions.grammar import grammar_file
from motionllm.data.captions.labels import Label
from motionllm.data.captions.sentence import choose_style, noun_phrase, render, render_plainly
from motionllm.data.captions.shown import Act, has_moves, select
from motionllm.data.captions.travel import NUMBERS, all_clauses, move_clauses, sided, turn_phrase
from motionllm.english.phrases import choose, pick
from motionllm.facts.facts import Facts

LOW = 0.82  # pelvis height, over the standing one: who starts lower is crouched or seated


def write_captions(
    label: Label, facts: Facts, rng, count: int, piece_is_part: bool = False
) -> list[str]:
    """Up to `count` different captions, each true of the piece.

    rng needs only .random() in [0, 1): numpy's Generator or random.Random, seeded by the caller.
    piece_is_part: the piece was cut from a longer take (see shown.select).
    """
    acts = select(label, facts, piece_is_part)
    found: dict[str, None] = {}
    for _ in range(count * 12):
        if len(found) >= count:
            break
        text = _own_words(label, rng) or _sentence(acts, label, facts, rng, piece_is_part)
        found.setdefault(text)
    return list(found)


def tell(label: Label, facts: Facts, rng, count: int, piece_is_part: bool = False) -> list[str]:
    """Up to `count` captions that leave nothing out: action, side, direction, style, plainly said.

    For learning to describe: of captions that often leave the style out, a captioner learns to.
    """
    acts = select(label, facts, piece_is_part)
    styled = label.style not in (None, "", "normal")
    style = grammar_file("styles")[label.style] if styled else None
    sides = {act.side for act in acts if act.side and act.entry.get("sided")}
    found: dict[str, None] = {}
    for _ in range(count * 6):
        if len(found) >= count:
            break
        clauses = act_clauses(acts, facts, rng, piece_is_part, bool(style)) if acts else []
        clauses = clauses or _facts_clauses(facts, rng, _gait_verb(acts, rng))
        clauses = [choose(clause, rng) for clause in clauses]
        if len(sides) != 1 or any(side in " ".join(clauses) for side in sides):
            found.setdefault(render_plainly(clauses, style, has_moves(facts), rng))
    return list(found)


def shows(label: Label, facts: Facts) -> bool:
    """Whether a cut of a take shows what can be told of it by its label."""
    return bool(select(label, facts, True))


def write_sequence(parts: list[tuple[Label, Facts]], rng, count: int) -> list[str]:
    """Up to `count` different captions of cuts that follow each other, told in their order.

    A style is named only where all the cuts have it.
    """
    one_style = len({label.style for label, _ in parts}) == 1
    going = any(has_moves(facts) for _, facts in parts)
    found: dict[str, None] = {}
    for _ in range(count * 8):
        if len(found) >= count:
            break
        style = choose_style(parts[0][0], rng) if one_style else None
        clauses: list[str] = []
        for label, facts in parts:
            acts = select(label, facts, True)
            told = act_clauses(acts, facts, rng, True, bool(style))
            clauses += (told or _facts_clauses(facts, rng, _gait_verb(acts, rng)))[:2]
        found.setdefault(render([choose(clause, rng) for clause in clauses], style, going, rng))
    return list(found)


def _own_words(label: Label, rng) -> str:
    """Now and then the data's own sentence, or a label that the grammar does not know."""
    if label.description and rng.random() < 0.3:
        return label.description
    if not label.known and label.text and rng.random() < 0.35:
        return label.text
    return ""


def _sentence(acts: list[Act], label: Label, facts: Facts, rng, part: bool) -> str:
    style = choose_style(label, rng)
    if acts and rng.random() < 0.04 and (text := noun_phrase(acts, style, rng)):
        return text
    only_moves = acts and all(act.entry.get("moves") or act.key == "stand" for act in acts)
    clauses: list[str] = []
    if acts and not (only_moves and rng.random() < 0.12):
        clauses = act_clauses(acts, facts, rng, part, bool(style))
    if not clauses:
        clauses = _facts_clauses(facts, rng, _gait_verb(acts, rng))
    clauses = [choose(clause, rng) for clause in clauses]
    return render(clauses, style, has_moves(facts), rng)


# What happens


def _verb_of(entry: dict, rng):
    """A verb for each move of a chain: the action's own wording first, "walk on" after."""
    words = grammar_file("facts")
    runs = entry.get("needs") == "runs"
    plain = _plain_verb(rng)
    again_words = words["run_verbs" if runs else "walk_verbs"]["again"]

    def verb(event, again: bool) -> str:
        if runs and event.gait != "run" and event.speed < 0.8:
            return plain(event, again)
        return pick(again_words if again else _wordings(entry, event.speed), rng)

    return verb


def _wordings(entry: dict, speed: float) -> list[str]:
    """An action's verbs with those that its measured speed allows."""
    say = entry["say"]
    if speed < entry.get("slow_below", 0.0):
        say = say + entry["slow"]
    if speed > entry.get("fast_above", 1e9):
        say = say + entry["fast"]
    return say


def _plain_verb(rng, runs: bool | None = None):
    words = grammar_file("facts")

    def verb(event, again: bool) -> str:
        run = event.gait == "run" if runs is None else runs
        table = words["run_verbs" if run else "walk_verbs"]
        return pick(table["again"] if again else _wordings(table, event.speed), rng)

    return verb


def act_clauses(acts: list[Act], facts: Facts, rng, part: bool, styled: bool) -> list[str]:
    moving = [act for act in acts if act.entry.get("moves")]
    others = [act for act in acts if not act.entry.get("moves") and act.key != "stand"]
    gaits = {act.key for act in moving}
    if moving and not others and (len(gaits) == 1 or part):
        verb = _verb_of(moving[0].entry, rng) if len(gaits) == 1 else _plain_verb(rng)
        return move_clauses(facts, verb, rng, speed=not styled) or _short_move(moving, facts, rng)
    if part and len(acts) > 2:
        acts = [pick(others, rng)] if others else acts[:1]
    clauses = []
    for act in acts:
        if act.key == "stand" and len(acts) > 1:
            continue
        phrase = act_phrase(act, facts, rng)
        if act.entry.get("moves") and facts.direction not in ("", "mixed"):
            if rng.random() < 0.6:
                words = grammar_file("facts")["direction"]
                name = "forward_curving" if facts.direction == "forward" else facts.direction
                phrase += " " + pick(words[name], rng)
        else:
            phrase += _detail(act, facts, rng)
        clauses.append(phrase)
    if others and len(acts) == 1:
        clauses[-1] += _while(others[0], facts, rng)
        clauses += _besides(others[0], facts, rng)
    return clauses


def _calm(facts: Facts) -> bool:
    return facts.tempo in ("still", "slow") and max(facts.wrist_speed.values()) < 0.6


def act_phrase(act: Act, facts: Facts, rng) -> str:
    entry = act.entry
    if _calm(facts) and "calm" in entry and rng.random() < 0.5:
        return choose(pick(entry["calm"], rng), rng)
    if "low" in entry and facts.start_height < LOW:  # it is down already, and goes down no more
        return choose(pick(entry["low"], rng), rng)
    sides = entry.get("sided", []) if act.side else []
    phrases = sides if sides and (rng.random() < 0.8 or not entry.get("say")) else entry["say"]
    return sided(choose(pick(phrases, rng), rng), act.side)


def _short_move(moving: list[Act], facts: Facts, rng) -> list[str]:
    """For travel with too many turns to list."""
    phrase = act_phrase(moving[0], facts, rng)
    if facts.direction not in ("", "mixed", "forward"):
        return [f"{phrase} {pick(grammar_file('facts')['direction'][facts.direction], rng)}"]
    turns = len([event for event in facts.of("turn", "curve") if event.amount > 45])
    options = ["", "around"] if not turns else ["", "around", "and [turn] several times"]
    if turns < 2:
        options = options[:2]
    return [f"{phrase} {pick(options, rng)}".strip()]


def _times(count: int, rng) -> str:
    if count == 2:
        return pick(("twice", "two times"), rng)
    if 3 <= count <= 5:
        return pick((f"{NUMBERS[count]} times", "several times", "a few times"), rng)
    return pick(("many times", "again and again", "several times"), rng) if count > 5 else ""


def _detail(act: Act, facts: Facts, rng) -> str:
    """Measured detail of an action, often nothing."""
    entry, chance = act.entry, rng.random()
    if act.key in ("raise_hand", "raise_both_hands"):
        raised = [e for e in facts.of("raise") if not act.side or e.side == act.side]
        if raised and chance < 0.15 and min(event.amount for event in raised) > 0.6:
            return " " + pick(grammar_file("facts")["hands"]["overhead"], rng)
        if len(raised) == 1 and facts.duration - raised[0].end > 0.5 and chance < 0.35:
            return pick((" and [lower] it again", ", then [lower] it", " and [put] it down"), rng)
        return ""
    if act.key == "sit_stool":
        stands = facts.rise > 0.25 and facts.end_height > 0.85
        return pick((" and [stand] up", " and then [get] up", ""), rng) if stands else ""
    if chance > 0.3:
        return ""
    if act.key in ("wave_hand", "wave_both_hands") and max(facts.waves.values()) >= 3:
        return " " + pick(("several times", "a few times", "back and forth", "repeatedly"), rng)
    counted = {"punches": facts.punches, "kicks": facts.kicks}.get(entry.get("needs", ""))
    if counted and act.key != "double_kick":
        times = _times(counted.get(act.side, 0), rng)
        return f" {times}" if times else ""
    if entry.get("needs") == "jumps" and act.key != "jump_repeated":
        times = _times(facts.jumps, rng)
        return f" {times}" if times else ""
    return ""


def _while(act: Act, facts: Facts, rng) -> str:
    """Travel that goes with an action, as for a ball that is dribbled."""
    moves = facts.of("move")
    if not act.entry.get("while") or not moves or facts.direction in ("", "mixed"):
        return ""
    if rng.random() < 0.35:
        return ""
    going = "running" if max(moves, key=lambda event: event.amount).gait == "run" else "walking"
    words = grammar_file("facts")["direction"]
    name = "forward_curving" if facts.direction == "forward" else facts.direction
    return f" while {pick((going, 'moving', 'going'), rng)} {pick(words[name], rng)}"


def _besides(act: Act, facts: Facts, rng) -> list[str]:
    """Travel and turns beside an action of the hands or a dance."""
    if act.entry.get("needs") not in ("hands", "active", "any", "raised", "waves"):
        return []
    side = "left" if facts.yaw > 0 else "right"
    turns = [e for e in facts.of("turn") if e.amount > 60 and e.side == side]
    # Only a turn that lasts: dancers and fighters swing to and fro.
    if facts.yaw_known and turns and abs(facts.yaw) > 60 and rng.random() < 0.25:
        return [turn_phrase(max(turns, key=lambda event: event.amount), rng)]
    return []


def _gait_verb(acts: list[Act], rng):
    """Verbs of travel for sentences from facts: a slow run stays a run if the label says so."""
    gaits = {act.entry.get("needs") == "runs" for act in acts if act.entry.get("moves")}
    return _plain_verb(rng, *gaits) if len(gaits) == 1 else _plain_verb(rng)


def _facts_clauses(facts: Facts, rng, verb) -> list[str]:
    """Sentences without the label."""
    words = grammar_file("facts")
    if facts.lying > 0.6 * facts.duration:
        return [pick(words["posture"]["lie"], rng)]
    if facts.tipped > 0.5:
        return [pick(words["posture"]["tipped"], rng)]
    busy = max(facts.wrist_speed.values()) > 0.6 and facts.tempo != "still"
    plain = [event for event in facts.events if event.kind not in ("stand", "punch", "kick")]
    if plain:
        clauses = all_clauses(facts, verb, rng)
        if clauses:
            return clauses
        if has_moves(facts):
            phrase = verb(facts.of("move")[0], False)
            return [f"{phrase} {pick(('around', 'about', 'here and there'), rng)}"]
    if busy:
        gesture = pick(words["hands"]["move_arms"], rng)
        return (
            [pick((gesture, f"[stand] and {gesture}"), rng)]
            if facts.tempo != "fast"
            else [pick(words["hands"]["move_body"], rng)]
        )
    return [pick(words["hands"]["stand" if _calm(facts) else "stand_busy"], rng)]
