"""The options of `clearprop train` that say what computes, and in which processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from clearprop.engines.choice import Jax

if TYPE_CHECKING:
    from clearprop.engines.choice import EngineChoice

EngineName = Annotated[
    Literal["auto", "compiled", "numpy", "jax"],
    typer.Option(help="One network, or a folder: what computes; jax needs clearprop[jax]."),
]
Devices = Annotated[
    str | None,
    typer.Option(
        metavar="N|all",
        help="One network, or a folder, jax: cut each batch into shards, for so many devices.",
        show_default=False,
    ),
]
Shards = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="One network, or a folder, jax: how many shards; the number of devices must divide "
        "it.  [default: 8]",
        show_default=False,
    ),
]
Hosts = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS:PORT|auto",
        help="One network, or a folder, jax: train in several processes, the first of which "
        "listens there. Give each the same command. auto: as Slurm or Open MPI says.",
        show_default=False,
    ),
]
Process = Annotated[
    str | None,
    typer.Option(
        metavar="K/N",
        help="With --hosts: this is process K of N, from 0; process 0 prints and saves.",
        show_default=False,
    ),
]
LostAfter = Annotated[
    int | None,
    typer.Option(
        metavar="SECONDS",
        help="With --hosts: a process not heard of for so long is lost, and ends the others.  "
        "[default: 60]",
        show_default=False,
    ),
]

OF_JAX = ("devices", "shards", "hosts", "process", "lost_after")


def engine_of(
    engine: str,
    devices: str | None,
    shards: int | None,
    hosts: str | None,
    process: str | None,
    lost_after: int | None,
) -> EngineChoice:
    """Return the engine that the options ask for, checked."""
    told = dict(zip(OF_JAX, (devices, shards, hosts, process, lost_after), strict=True))
    told = {name: value for name, value in told.items() if value is not None}
    if not told:
        return engine
    first = f"--{next(iter(told)).replace('_', '-')}"
    if engine != "jax":
        raise typer.BadParameter("is for the JAX engine: give --engine jax", param_hint=first)
    if devices is not None and devices != "all":
        if not devices.isdecimal():
            raise typer.BadParameter(f"{devices!r} is no number, nor all", param_hint="--devices")
        told["devices"] = int(devices)
    if "devices" not in told and "hosts" not in told:
        told["devices"] = "all"
    try:
        return Jax(**told)  # type: ignore[arg-type]  # each by its own name
    except ValueError as error:
        raise typer.BadParameter(str(error).removeprefix("Jax: "), param_hint=first) from error
