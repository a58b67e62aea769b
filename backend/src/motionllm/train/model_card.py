"""The model card of a pack."""

from motionllm.train.adapters import RANK

ATTRIBUTIONS = {
    "CMU": "The data used in this project was obtained from mocap.cs.cmu.edu. The database was "
    "created with funding from NSF EIA-0196217.",
    "100STYLE": "100STYLE dataset, Ian Mason, Sebastian Starke and Taku Komura, 'Real-Time Style "
    "Modelling of Human Locomotion via Feature-Wise Transformations and Local Motion Phases', "
    "2022.",
    "Bandai": "Bandai-Namco-Research-Motiondataset, Bandai Namco Research Inc.; Makito "
    "Kobayashi et al., 'Motion Capture Dataset for Practical Use of AI-based Motion Editing and "
    "Stylization', arXiv 2306.08861.",
    "ACCAD": "Motion data by the Advanced Computing Center for the Arts and Design (ACCAD), The "
    "Ohio State University, https://accad.osu.edu.",
    "Eyes": "mocapdata.com, Eyes, JAPAN Co. Ltd.",
    "AnimatedDrawings": "AnimatedDrawings example motions, Copyright (c) Meta Platforms, Inc.",
    "DeepMimic": "DeepMimic reference motions, Copyright (c) 2018 Xue Bin Peng; sie_ motions "
    "Copyright (c) 2021 Sony Interactive Entertainment.",
    "KayKit": "KayKit Character Animations by Kay Lousberg.",
    "Mesh2Motion": "Mesh2Motion animations.",
    "HumanML3D": "Captions: HumanML3D, Copyright (c) 2022 Chuan Guo (MIT), Guo et al., CVPR 2022.",
}


def _people_lines(pack: dict) -> list[str]:
    """Return what the model card says of people together."""
    facts = pack.get("people")
    if not facts:
        return []
    return [
        "", "## People together", "",
        f"A third adapter (`people/`). **Captured together:** {facts['captured_takes']} takes of "
        f"couples who dance salsa, in {facts['captured_windows']} windows; nothing else here was "
        f"recorded with two people in one space. **Composed by rule:** {facts['composed_groups']} "
        "pairs of single recordings that were placed beside each other, with sentences written for "
        f"them ({', '.join(rule.replace('_', ' ') for rule in facts['rules'])}). What composed "
        "pairs teach is who stands where, what each one does and when; no real person answered "
        "another in them, and nobody touches anybody. docs/people.md has the measurements.",
    ]  # fmt: skip


def model_card(pack: dict) -> str:
    """Return MODEL_CARD.md of a pack's configuration."""
    lines = [
        f"# Model pack `{pack['name']}`", "",
        "Text to motion and motion to text for one person"
        f"{', and several people together' if pack.get('people') else ''}. "
        f"**{pack['licence'].capitalize()}.**", "",
        f"Backbone: {pack['backbone']['name']}, frozen, with one LoRA adapter (rank {RANK}, layers "
        f"from {pack['entry_layer']} up) for each direction; motion tokens of "
        f"{pack['frames_per_token']} frames at {pack['fps']} fps, {pack['levels']} codes of "
        f"{pack['codes']} each.", "",
        "## Trained on", "", "| source | licence | credit |", "|---|---|---|",
    ]  # fmt: skip
    lines += [f"| {s['name']} | {s['licence']} | {s['attribution']} |" for s in pack["sources"]]
    lines += _people_lines(pack)
    lines += [
        "",
        "## Figures on recordings never trained on",
        "",
        "| figure | value |",
        "|---|---|",
    ]
    lines += [f"| {key} | {value} |" for key, value in pack["metrics"].items()]
    lines += [
        "", "## Limits", "",
        "Most of the data are walks, runs, turns, raised and waving hands; other actions have a "
        "few clips each, so rare actions often come out wrong. "
        "Fingers, faces and objects are not modelled. See docs/experiments.md.",
        "",
    ]  # fmt: skip
    return "\n".join(lines)
