"""Pictures of the training set: a few clips of every skeleton family. Needs Pillow."""

from pathlib import Path

from motionllm.data.dataset import Dataset
from motionllm.motion.features import FPS
from motionllm.pictures.films import contact_sheet


def draw_families(data: Path, out: Path) -> None:
    """Draw two clips of every skeleton family of a training set, up to 6 s each, into one picture.

    Args:
        data: folder written by data.build.
        out: picture to write.
    """
    dataset = Dataset(data)
    families: dict[str, list] = {}
    for record in dataset.records:
        families.setdefault(record.row["skeleton"], []).append(record)
    rows = []
    for family, records in families.items():
        for index in sorted({len(records) // 5, len(records) * 3 // 5}):
            record = records[index]
            clip = dataset.clip(record).cut(0, min(record.frames, 6 * FPS))
            rows.append((f"{family}: {record.row['label']}", clip))
    out.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(rows, out)
