"""The benchmark's command: it runs, and its table says what was measured."""

from motionllm.benchmark import engines, lists
from motionllm.benchmark.engines import table
from motionllm.benchmark.programs import BASELINE, Case, Report

CASE = Case(4.0, 8, 1.0)


def test_table_compares_with_unguided_generate():
    cases = [Case(4.0, 1, 1.0), Case(4.0, 1, 2.0)]
    text = table(cases, {
        BASELINE: Report(9.0, 1500.0, [2.0, 4.0]), "embedded": Report(3.0, None, [0.5, 0.8]),
    })  # fmt: skip
    assert "| 4 s | 1 | 1 | embedded | 0.50 | 4.0 |" in text
    assert "| 4 s | 1 | 2 | embedded | 0.80 | 2.5 |" in text
    assert "| generate() | 9.0 | 1500 |" in text


def test_table_without_torch_has_no_factor():
    text = table([Case(4.0, 1, 1.0)], {"embedded": Report(3.0, 700.0, [0.5])})
    assert "| 4 s | 1 | 1 | embedded | 0.50 |  |" in text


def test_command_measures_the_embedded_engine(backbone_path, random_pack, monkeypatch, capsys):
    monkeypatch.setattr(engines, "programs", lambda: ["embedded"])
    arguments = ["--pack", str(random_pack), "--backbone", str(backbone_path)]
    arguments += ["--seconds", "0.4", "--batch", "1", "--repeats", "1"]
    assert engines.main(arguments) == 0
    assert "| 0.4 s | 1 | 2 | embedded |" in capsys.readouterr().out


def test_a_list_of_prompts_is_timed_beside_generate(
    backbone_path, random_pack, monkeypatch, capsys
):
    """The command for real; generate() by a stand-in that is told what the real one is told."""
    seen = []

    def baseline(program, options):
        seen.append((program, options.batch_clips, options.batch, options.seconds))
        return Report(9.0, None, [4.0, 8.0])

    monkeypatch.setattr(engines, "programs", lambda: [BASELINE, "embedded"])
    monkeypatch.setattr(engines, "run_program", baseline)
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


def test_a_missing_pack_is_one_line(capsys):
    assert engines.main(["--pack", "nothing-of-this-name"]) == 1
    assert "nothing-of-this-name" in capsys.readouterr().err
