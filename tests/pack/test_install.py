"""A pack is installed whole, from a folder or a zip, or refused with a sentence."""

import shutil
import zipfile

import pytest

from motionllm.errors import MotionError
from motionllm.pack.folders import find_pack
from motionllm.pack.install import install_pack
from tests.helpers.packs import make_random_pack


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_random_pack(tmp_path_factory.mktemp("made") / "mine")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MOTIONLLM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache"


def zipped(folder, path, top="mine/", more=()):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, top + file.relative_to(folder).as_posix())
        for name in more:
            archive.writestr(name, "x")
    return path


@pytest.mark.parametrize("form", ["folder", "pack.json", "zip", "flat zip"])
def test_it_is_found_by_name_afterwards(made, cache, tmp_path, form):
    source = {
        "folder": lambda: made,
        "pack.json": lambda: made / "pack.json",
        "zip": lambda: zipped(made, tmp_path / "anything.zip"),
        "flat zip": lambda: zipped(made, tmp_path / "mine.zip", ""),
    }[form]()
    pack = install_pack(source)
    assert pack.folder == cache / "packs" / "mine" == find_pack("mine")
    names = {path.relative_to(made) for path in made.rglob("*")}
    assert {path.relative_to(pack.folder) for path in pack.folder.rglob("*")} == names
    assert [path.name for path in (cache / "packs").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "pack.json").unlink(), "no model pack"),
        (lambda folder: (folder / "words.txt").unlink(), "words.txt is missing"),
        (lambda folder: (folder / "pack.json").write_text("{}"), "format"),
        (lambda folder: (folder / "t2m/adapter_model.safetensors").write_bytes(b"12"), "too short"),
    ],
)
def test_what_is_no_pack_is_refused_and_nothing_is_left(made, cache, tmp_path, spoil, words):
    broken = tmp_path / "broken"
    shutil.copytree(made, broken)
    spoil(broken)
    for source in (broken, zipped(broken, tmp_path / "broken.zip", "broken/")):
        with pytest.raises(MotionError, match=words) as caught:
            install_pack(source)
        assert caught.value.code == "bad_pack"
        assert list((cache / "packs").iterdir()) == []


def test_files_that_are_none(cache, tmp_path):
    text = tmp_path / "text.zip"
    text.write_text("no zip")
    for source in (text, tmp_path / "missing", tmp_path):
        with pytest.raises(MotionError, match="no model pack"):
            install_pack(source)
    assert list((cache / "packs").iterdir()) == []


def test_a_zip_that_leads_out_of_its_folder(made, cache, tmp_path):
    evil = zipped(made, tmp_path / "evil.zip", more=["mine/../../../out.txt"])
    with pytest.raises(MotionError, match="leads out"):
        install_pack(evil)
    assert not list(tmp_path.rglob("out.txt")) and list((cache / "packs").iterdir()) == []


@pytest.mark.usefixtures("cache")
def test_one_of_that_name_is_replaced_only_when_asked(made, tmp_path):
    first = install_pack(made)
    (first.folder / "words.txt").write_text("other\n")
    with pytest.raises(MotionError, match="installed already"):
        install_pack(made)
    with pytest.raises(MotionError, match="lies there already"):
        install_pack(first.folder, replace=True)
    assert (first.folder / "words.txt").read_text() == "other\n"
    install_pack(made, replace=True)
    assert (first.folder / "words.txt").read_text() == (made / "words.txt").read_text()
    broken = tmp_path / "broken" / "mine"
    shutil.copytree(made, broken)
    (broken / "words.txt").unlink()
    with pytest.raises(MotionError, match="missing"):
        install_pack(broken, replace=True)
    assert (first.folder / "words.txt").is_file()  # what is there goes only for what is whole
