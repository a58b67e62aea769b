"""Take the clips and the BVH files that rig_table.py measures out of a folder of recordings.

    python tests/blender/rig_clips.py MOCAP OUT

MOCAP holds clips.csv (id, archive, path, skeleton, label) and the archives it names. Writes the
twenty motions of TAKES as OUT/clips/*.npz, the middle of each, and the first file of every
skeleton as OUT/bvh/<skeleton>.bvh. Needs numpy and the backend's sources alone.
"""

import csv
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "backend" / "src"))

from motionllm.motion.bvh import read_bvh  # noqa: E402
from motionllm.motion.clip import save_clip  # noqa: E402
from motionllm.rig.from_bvh import clip_from_bvh  # noqa: E402

FRAMES = 150  # of each take
TAKES = (
    "cmu/01_01", "cmu/02_03", "deepmimic/humanoid3d_cartwheel", "accad/Male1_A9_LieDown",
    "accad/Male1_A11_CrawlForward", "deepmimic/humanoid3d_backflip", "cmu/60_01", "cmu/10_01",
    "cmu/13_01", "bandai_namco/dataset-1_bow_active_001", "cmu/05_09", "cmu/135_05",
    "cmu/13_35", "animated_drawings/wave_hello", "cmu/x_zombie", "cmu/02_07",
    "100style/Chicken_SR", "deepmimic/humanoid3d_roll", "deepmimic/humanoid3d_getup_faceup",
    "100style/Angry_BW",
)  # fmt: skip


def main(mocap: Path, out: Path) -> None:
    """Write both folders."""
    with (mocap / "clips.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    for name in ("clips", "bvh"):
        (out / name).mkdir(parents=True, exist_ok=True)
    for number, take in enumerate(TAKES):
        row = rows[take]
        clip = clip_from_bvh(read_bvh(_text(mocap, row), take))
        start = max(0, (clip.frames - FRAMES) // 2)
        clip = clip.cut(start, min(clip.frames, start + FRAMES)).labelled(text=row["label"])
        save_clip(clip, out / "clips" / f"{number:02d}.npz")
    for row in rows.values():
        path = out / "bvh" / f"{row['skeleton']}.bvh"
        if not path.exists():
            path.write_text(_text(mocap, row), "utf-8")


def _text(mocap: Path, row: dict[str, str]) -> str:
    with zipfile.ZipFile(mocap / row["archive"]) as archive:
        return archive.read(row["path"]).decode("utf-8", errors="replace")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
