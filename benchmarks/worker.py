"""The process of one contender: started with a request as JSON, it answers lines of JSON.

``python worker.py '{"contender": "torch", "case": {...}, "threads": 2, "pin": null}'`` first says
what it is, then takes one question a line: how long epochs take, what the weights are, how much
memory it used.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from cases import Case
from contenders import AbsentError, Contender, contender_class


def main() -> None:
    request = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    if request["pin"] is not None:
        os.sched_setaffinity(0, {request["pin"]})

    def answer(**facts: Any) -> None:
        print(json.dumps(facts), file=answers, flush=True)

    try:
        case = Case(**request["case"])
        cls = contender_class(request["contender"])
        started = time.perf_counter()
        contender = cls(case, request["variant"], request["threads"])
        contender.train(1)
    except ModuleNotFoundError as error:
        answer(absent=f"{error.name} is not installed")
        return
    except AbsentError as reason:
        answer(absent=str(reason))
        return
    answer(ready=time.perf_counter() - started)
    for line in sys.stdin:
        question = json.loads(line)
        answer(**ANSWERS[question.pop("ask")](contender, **question))


def train(contender: Contender, epochs: int) -> dict[str, float]:
    """Train from the first weights, and time only the training."""
    contender.reset()
    started = time.perf_counter()
    contender.train(epochs)
    return {"seconds": time.perf_counter() - started}


def calibrate(contender: Contender, seconds: float) -> dict[str, int]:
    """Find how many epochs take about so many seconds."""
    epochs = 1
    while (took := train(contender, epochs)["seconds"]) < seconds / 2:
        epochs = max(epochs + 1, int(epochs * min(10.0, seconds / took)))
    return {"epochs": max(1, round(epochs * seconds / took))}


def weights(contender: Contender, path: str) -> dict[str, bool]:
    """Save the weights as they are, in one vector."""
    arrays = contender.weights()
    if arrays is not None:
        np.save(path, np.concatenate([np.ravel(array) for array in arrays]))
    return {"saved": arrays is not None}


def own_difference(contender: Contender) -> dict[str, float | None]:
    """Compare the contender's own two ways to compute an epoch, if it has two."""
    return {"difference": contender.own_difference()}


def memory(contender: Contender) -> dict[str, float]:
    """Tell the most memory this process had at once, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss begins with what the parent had when it started us
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return {"megabytes": int(peak.split()[1]) * 1024 / 1e6}
    unit = 1 if sys.platform == "darwin" else 1024
    return {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6}


ANSWERS = {
    "train": train,
    "calibrate": calibrate,
    "weights": weights,
    "own_difference": own_difference,
    "memory": memory,
}


if __name__ == "__main__":
    main()
