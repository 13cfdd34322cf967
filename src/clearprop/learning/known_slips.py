"""The known slips of all definitions as data, for the steps that are opened on the page.

``python -m clearprop.learning.known_slips`` writes `slips.json` anew. A page has it compressed.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from clearprop.definitions.layers import Activation
from clearprop.learning.exported import LAYERS, LOSSES, both_layers, both_losses, line_of
from clearprop.learning.exported import definitions as all_definitions
from clearprop.learning.exported_slips import layer_slips, loss_slips, optimizer_slips
from clearprop.learning.exported_updates import OPTIMIZERS, optimizer_parts

FILE = "slips.json"


def slips() -> dict[str, Any]:
    """Return the known slips of layers, losses and optimizers, by kind.

    Each has its `name`, a `sentence`, and what it changes in program `of` of the definition: the
    `nodes` that follow the program's first `after` ones, and the `results` that they are. One of
    a dense layer that is `later` cannot be in the first layer. In a layer's name {} stands for the
    place; one that is `each` is told of one layer, not of all together.
    """
    known = all_definitions()
    found: dict[str, dict[str, Any]] = {"layers": {}, "losses": {}, "optimizers": {}}
    for kind, examples in LAYERS.items():
        if kind == "Dense" or isinstance(examples[0], Activation):
            made = layer_slips(examples[0], f"{kind.lower()}1", both_layers)
            found["layers"][kind] = list(_placed(made, known["layers"][kind]["training"]))
    for loss in LOSSES:
        name = type(loss).__name__
        made = loss_slips(loss, both_losses)
        found["losses"][name] = list(_placed(made, known["losses"][name]["programs"]))
    for kind, rules in OPTIMIZERS.items():
        made = [slip for rule in rules for slip in optimizer_slips(rule, optimizer_parts)]
        found["optimizers"][kind] = list(_placed(made, known["optimizers"][kind]["programs"]))
    return found


def _placed(made: Iterable[dict[str, Any]], programs: list[Any]) -> Iterator[dict[str, Any]]:
    """Name the right program of each slip by its place in the definition."""
    for slip in made:
        own = slip.pop("right")
        count = len(own["nodes"])
        (place,) = (
            place
            for place, program in enumerate(programs)
            if program["when"] == own["when"] and program["nodes"][:count] == own["nodes"]
        )
        yield {**slip, "of": place, "after": count}


def text_of(data: dict[str, Any]) -> str:
    """Return the slips as the text of their file: one line for each."""
    groups = []
    for name, kinds in data.items():
        lists = [
            f" {json.dumps(kind)}: [\n" + ",\n".join(f"  {line_of(one)}" for one in made) + "\n ]"
            for kind, made in kinds.items()
        ]
        groups.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lists) + "\n}")
    return "{\n" + ",\n".join(groups) + "\n}\n"


@cache
def packed() -> str:
    """Return what the file holds, compressed, as base64."""
    text = files("clearprop.learning").joinpath(FILE).read_text(encoding="utf-8")
    small = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(small.encode("utf-8"), 9, mtime=0)).decode("ascii")


if __name__ == "__main__":
    Path(__file__).with_name(FILE).write_text(text_of(slips()), encoding="utf-8")
