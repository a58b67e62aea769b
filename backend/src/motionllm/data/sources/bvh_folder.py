"""Folders of motion capture: BVH files, loose or zipped, listed in a clips.csv.

Columns used: id, archive, path, skeleton, label, and, where present, description, seconds, licence,
commercial_ok, source, subject, partner_id, start_s, notes. A user's own data need a csv of the same
columns; without the column `archive`, `path` is taken relative to the folder.
"""

import csv
import io
import zipfile
from pathlib import Path

from motionllm.errors import MotionError
from motionllm.motion.bvh import BvhFile, read_bvh
from motionllm.motion.clip import Clip
from motionllm.rig.from_bvh import Calibration, calibrate, clip_from_bvh

_NEEDED = ("id", "path", "skeleton", "label")


def read_rows(folder: Path) -> list[dict[str, str]]:
    """Return the rows of a folder's clips.csv.

    Raises:
        MotionError: code "bad_file", if the csv or one of its columns is missing.
    """
    path = folder / "clips.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise MotionError(
            "bad_file", f"{path} cannot be read: {error.strerror}.", "The folder needs a clips.csv."
        ) from error
    missing = [column for column in _NEEDED if rows and column not in rows[0]]
    if missing or not rows:
        raise MotionError(
            "bad_file",
            f"{path} has no rows." if not rows else f"{path} has no column '{missing[0]}'.",
            f"It needs the columns {', '.join(_NEEDED)}.",
        )
    return rows


class BvhFolder:
    """Reads the BVH files of a folder by csv row; archives stay open while it is used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._archives: dict[str, zipfile.ZipFile] = {}

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the folder's clips.csv; see read_rows."""
        return read_rows(self.folder)

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

    def text(self, row: dict[str, str]) -> str:
        """Return the text of a row's file, from its zip, its unpacked folder or the folder."""
        archive = row.get("archive", "")
        zipped = self.folder / archive
        try:
            if archive and zipped.is_file():
                if archive not in self._archives:
                    self._archives[archive] = zipfile.ZipFile(zipped)
                data = self._archives[archive].read(row["path"])
                return io.TextIOWrapper(io.BytesIO(data), "utf-8", errors="replace").read()
            unpacked = self.folder / Path(archive).stem / row["path"]
            path = unpacked if archive and unpacked.is_file() else self.folder / row["path"]
            return path.read_text("utf-8", errors="replace")
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise MotionError("bad_file", f"{row['id']}: its file cannot be read.") from error

    def read(self, row: dict[str, str]) -> BvhFile:
        """Read a row's file."""
        return read_bvh(self.text(row) + "\n", row["id"])
