"""Written results: a part is replaced, the others of the same pack are kept."""

import json

from motionllm.evaluation.tables import Results, Table


class _Pack:
    def __init__(self, folder, name="some"):
        self.folder, self.name = folder, name


def test_results_keep_the_other_parts_of_the_same_pack_only(tmp_path):
    pack = _Pack(tmp_path / "pack")
    pack.folder.mkdir()
    (pack.folder / "a.safetensors").write_bytes(b"1")
    out = tmp_path / "out"
    table = Table("T", ["row", "value"], rows=[["x", (1.0, 0.5, 1.5)], ["y", float("nan")]])
    Results(out, pack).put("one", [table], "command one")
    Results(out, pack).put("two", [table], "command two")
    content = json.loads((out / "some.json").read_text())
    assert list(content["parts"]) == ["one", "two"]
    assert "| x | 1 (0.500 to 1.50) |" in (out / "some.md").read_text()
    (pack.folder / "a.safetensors").write_bytes(b"2")
    Results(out, pack).put("two", [table], "command two")
    assert list(json.loads((out / "some.json").read_text())["parts"]) == ["two"]
