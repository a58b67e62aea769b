"""The benchmark's command: it runs, and its table says what was measured."""

from motionllm.benchmark import engines
from motionllm.benchmark.engines import table
from motionllm.benchmark.programs import BASELINE, Case, Report


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


def test_a_missing_pack_is_one_line(capsys):
    assert engines.main(["--pack", "nothing-of-this-name"]) == 1
    assert "nothing-of-this-name" in capsys.readouterr().err
