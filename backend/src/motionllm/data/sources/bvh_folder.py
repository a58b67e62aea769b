"""Folders of motion capture: BVH files, loose or zipped, listed in a clips.csv.

Columns used: id, archive, path, skeleton, label, and, where present, description, seconds, licence,
commercial_ok, source, subject, partner_id, start_s, notes. A user's own data need a csv of the same
columns; without the column `archive`, `path` is taken relative to the folder.
"""

import csv
import zipfile
from pathlib import Path

from motionllm.errors import MotionError
from motionllm.files import decoded
from motionllm.motion.bvh import BvhFile, read_bvh
from motionllm.motion.clip import Clip
from motionllm.rig.find.in_bvh import person_in
from motionllm.rig.from_bvh import Calibration, alike, calibrate, clip_from_bvh

_NEEDED = ("id", "path", "skeleton", "label")


def read_rows(folder: Path) -> list[dict[str, str]]:
    """Return the rows of a folder's clips.csv, a value of text for every column.

    Spreadsheets write such tables with commas, semicolons or tabs, and in several encodings.

    Raises:
        MotionError: code "bad_file", if the csv cannot be read, or a column or a row's id, path or
            skeleton is missing.
    """
    path = folder / "clips.csv"
    hint = f"It needs the columns {', '.join(_NEEDED)}."
    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        raise MotionError(
            "bad_file", f"{path} cannot be read: {error.strerror}.", "The folder needs a clips.csv."
        ) from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    skipped = int(lines[0].lower().startswith("sep="))  # a line for Excel alone
    lines = lines[skipped:]
    first = next((line for line in lines if line.strip()), "")
    reader = csv.reader(lines, delimiter=max(",;\t", key=first.count))
    columns: list[str] = []
    rows = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip().lower() for cell in cells]
                missing = [column for column in _NEEDED if column not in columns]
                if missing:
                    raise MotionError("bad_file", f"{path} has no column '{missing[0]}'.", hint)
                continue
            rows.append(_row(columns, cells, f"{path}, line {reader.line_num + skipped}"))
    except csv.Error as error:
        raise MotionError(
            "bad_file", f"{path}, line {reader.line_num + skipped} cannot be read: {error}.", hint
        ) from error
    if not rows:
        raise MotionError("bad_file", f"{path} has no rows.", hint)
    return rows


def _row(columns: list[str], cells: list[str], where: str) -> dict[str, str]:
    """Return a line's cells by column; what is missing at its end is empty."""
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise MotionError(
            "bad_file", f"{where} has {len(cells)} cells, and there are {len(columns)} columns.",
            "Put a text that holds the separator between quotation marks.",
        )  # fmt: skip
    row = dict.fromkeys(columns, "") | dict(zip(columns, cells, strict=False))
    empty = [column for column in ("id", "path", "skeleton") if not row[column].strip()]
    if empty:
        raise MotionError("bad_file", f"{where} has nothing in the column '{empty[0]}'.")
    return row


class BvhFolder:
    """Reads the BVH files of a folder by csv row; archives stay open while it is used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._archives: dict[str, zipfile.ZipFile] = {}

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the folder's clips.csv; see read_rows."""
        return read_rows(self.folder)

    def notes(self, file: BvhFile) -> tuple[str, ...]:
        """Return what was assumed or left out of a file, a sentence each without its end."""
        return file.notes

    def alike(self, one: BvhFile, other: BvhFile) -> bool:
        """Tell whether two files are of one skeleton; see rig.from_bvh.

        Raises:
            MotionError: code "no_rig", if one is no humanoid.
        """
        return alike(one, other)

    def calibrate(self, files: list[BvhFile], family: str) -> Calibration:
        """Find how a skeleton family is read, from some of its files.

        Raises:
            MotionError: code "no_rig", if it is no humanoid.
        """
        return calibrate(files, family)

    def clip(self, file: BvhFile, calibration: Calibration, name: str) -> Clip:
        """Carry a file to the canonical skeleton, at its own frame rate.

        Raises:
            MotionError: code "no_rig", if it is no humanoid.
        """
        return clip_from_bvh(file, calibration, name)

    def data(self, row: dict[str, str]) -> bytes:
        """Return the bytes of a row's file, from its zip, its unpacked folder or the folder."""
        archive, name = row.get("archive", ""), row["path"]
        zipped = self.folder / archive
        try:
            if archive and zipped.is_file():
                if archive not in self._archives:
                    self._archives[archive] = zipfile.ZipFile(zipped)
                return self._archives[archive].read(name)
            for inside in (name, name.replace("\\", "/")):  # as Windows writes it
                unpacked = self.folder / Path(archive).stem / inside
                path = unpacked if archive and unpacked.is_file() else self.folder / inside
                if path.is_file():
                    break
            return path.read_bytes()
        except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
            raise MotionError(
                "bad_file", f"{row['id']}: its file {name} cannot be read from {self.folder}."
            ) from error

    def read(self, row: dict[str, str]) -> BvhFile:
        """Read the person in a row's file.

        Raises:
            MotionError: code "bad_file", "no_rig".
        """
        return person_in(read_bvh(self.data(row), row["id"]), row["id"])
