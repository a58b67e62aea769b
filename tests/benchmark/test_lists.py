"""Lists of prompts timed beside generate()."""

from motionllm.benchmark import engines, lists
from motionllm.benchmark.programs import BASELINE, Case, Report

CASE = Case(4.0, 8, 1.0)


def test_a_list_of_prompts_is_timed_beside_generate(
    backbone_path, random_pack, monkeypatch, capsys
):
    """The command for real; generate() by a stand-in that is told what the real one is told."""
    seen = []

    def baseline(program, options):
        seen.append((program, options.batch_clips, options.batch, options.seconds))
        return Report(9.0, None, [4.0, 8.0])

    monkeypatch.setattr(lists, "programs", lambda: [BASELINE, "embedded"])
    monkeypatch.setattr(lists, "run_program", baseline)
    arguments = ["--pack", str(random_pack), "--backbone", str(backbone_path)]
    assert engines.main([*arguments, "--batch-clips", "4", "--seconds", "0.4"]) == 0
    assert seen == [(BASELINE, 4, [8], [0.4])]
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()]
    rows = {(row[1].strip(), row[2].strip()): row[3:6] for row in rows if len(row) == 7}
    assert [float(rows[BASELINE, g][0]) for g in "12"] == [1.0, 0.5]
    for guidance, unguided in (("1", 1.0), ("2", 0.5)):
        rate, alike, plain = map(float, rows["generate --prompts, embedded", guidance])
        assert rate > 0 and abs(plain - rate) < 0.06 and abs(alike - rate / unguided) < 0.12


def test_all_clips_are_asked_for_in_batches():
    asked = []
    lists.time_all(lambda case, repeat: asked.append((case.batch, repeat)), CASE, 20)
    assert asked == [(8, 0), (8, 8), (4, 16)]
