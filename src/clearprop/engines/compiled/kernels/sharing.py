"""How threads share the work of a step: by counters, and without spinning for long.

The threads of a team take numbered work items from one counter. A phase of items begins when the
phase before is published; the thread that finishes a phase's last item publishes it. Threads wait
for items that have begun, never for each other: a thread that comes late, or loses its processor
between two items, delays no other. One that loses it within an item delays all, so each offers its
processor to others between two items, before the system takes it. A thread that has spun for some
microseconds blocks on a condition variable, which leaves its processor to the thread that it waits
for.
"""

import time
from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import types as _types
from numba.extending import intrinsic as _intrinsic

from clearprop.engines.compiled.kernel_files import kept
from clearprop.engines.compiled.vectormath import KERNEL
from clearprop.engines.threads import CAN_SLEEP

# Numba's own annotations know nothing of the arguments these take.
intrinsic: Any = _intrinsic
types: Any = _types

# Places in a team's `shared` array, a cache line or two apart.
(
    TAKEN, FINISHED, PUBLISHED, SLEEPING, STOPPED, MUTEX, CONDITION, THREADS, SHARED_SIZE,
) = range(0, 144, 16)  # fmt: skip

SPINS = 20_000
"""How often a thread reads a counter before it blocks: for ten to fifty microseconds."""

RUN = 250_000
"""Nanoseconds after which a thread offers its processor to others. Systems give a thread some
milliseconds; where nobody else wants the processor, the offer costs a microsecond."""

CLOCK = getattr(time, "CLOCK_MONOTONIC", 0)

if CAN_SLEEP:
    _two_pointers = types.int32(types.intp, types.intp)
    _one_pointer = types.int32(types.intp)
    mutex_init = types.ExternalFunction("pthread_mutex_init", _two_pointers)
    cond_init = types.ExternalFunction("pthread_cond_init", _two_pointers)
    mutex_lock = types.ExternalFunction("pthread_mutex_lock", _one_pointer)
    mutex_unlock = types.ExternalFunction("pthread_mutex_unlock", _one_pointer)
    cond_wait = types.ExternalFunction("pthread_cond_wait", _two_pointers)
    cond_broadcast = types.ExternalFunction("pthread_cond_broadcast", _one_pointer)
    clock_gettime = types.ExternalFunction("clock_gettime", types.int32(types.int32, types.intp))
    sched_yield = types.ExternalFunction("sched_yield", types.int32())
else:

    @nb.njit(**KERNEL)
    def _nothing(*addresses):
        return 0

    mutex_init = cond_init = mutex_lock = mutex_unlock = cond_wait = cond_broadcast = _nothing
    clock_gettime = sched_yield = _nothing


def _pointer(builder, address):
    return builder.inttoptr(address, ir.IntType(64).as_pointer())


@intrinsic
def _add(typing_context: Any, address: Any, amount: Any) -> Any:
    def code(context, builder, signature, arguments):
        place = _pointer(builder, arguments[0])
        return builder.atomic_rmw("add", place, arguments[1], "seq_cst")

    return types.int64(types.intp, types.int64), code


@intrinsic
def _load(typing_context: Any, address: Any) -> Any:
    def code(context, builder, signature, arguments):
        return builder.load_atomic(_pointer(builder, arguments[0]), "seq_cst", 8)

    return types.int64(types.intp), code


@intrinsic
def _store(typing_context: Any, address: Any, value: Any) -> Any:
    def code(context, builder, signature, arguments):
        builder.store_atomic(arguments[1], _pointer(builder, arguments[0]), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(types.intp, types.int64), code


@intrinsic
def _at_least(typing_context: Any, address: Any, value: Any) -> Any:
    def code(context, builder, signature, arguments):
        place = _pointer(builder, arguments[0])
        return builder.atomic_rmw("max", place, arguments[1], "seq_cst")

    return types.int64(types.intp, types.int64), code


@nb.njit(**KERNEL)
def start_of(
    shared,  # in (SHARED_SIZE,): the team's counters, int64
):
    """Return the address of a team's array, which the functions below take."""
    return np.intp(shared.ctypes.data)


@nb.njit(**KERNEL)
def address(
    team,  # in: address of the team's array
    place,  # in: place in it
):
    """Return the address of a counter, the mutex or the condition."""
    return np.intp(team + 8 * place)


@nb.njit(**KERNEL)
def add(
    team,  # in: address of the team's array, whose counter is changed
    place,  # in: place of the counter
    amount,  # in: int64
):
    """Add to a counter; return its value before."""
    return _add(address(team, place), np.int64(amount))


@nb.njit(**KERNEL)
def look(
    team,  # in: address of the team's array
    place,  # in: place of the counter
):
    """Return a counter."""
    return _load(address(team, place))


@nb.njit(**KERNEL)
def claim(
    claims,  # in, out (items,): the last phase in which each item was claimed, int64
    begin,  # in: first item of a phase
    count,  # in: its items
    wish,  # in: which of them this thread takes where it can, from 0
    phase,  # in: number of the phase, from 1
):
    """Return an item that nobody has claimed in this phase, from 0: the first from `wish` on.

    A thread that takes the same items in each step finds in its cache what they read and write.
    """
    if count == 1:
        return 0
    items = start_of(claims)
    while True:
        at = address(items, begin + wish)
        if _load(at) < phase and _at_least(at, np.int64(phase)) < phase:
            return wish
        wish = wish + 1 if wish + 1 < count else 0


@nb.njit(**KERNEL)
def now(
    clock,  # out (2,): seconds and nanoseconds, int64
):
    """Return the time in nanoseconds."""
    clock_gettime(np.int32(CLOCK), start_of(clock))
    return clock[0] * 1_000_000_000 + clock[1]


@nb.njit(**KERNEL)
def offer_processor(
    clock,  # out (2,): room for `now`
    since,  # in: when this thread has last offered it
):
    """Let others run if this thread has run for a while; return when it has last let them."""
    if now(clock) - since < RUN:
        return since
    sched_yield()
    return now(clock)


@kept
def make_ready(
    shared,  # in, out (SHARED_SIZE,): zeros, then with mutex and condition
):
    """Initialise mutex and condition of a new team, whose counters are zero."""
    team = start_of(shared)
    mutex_init(address(team, MUTEX), np.intp(0))
    cond_init(address(team, CONDITION), np.intp(0))


@nb.njit(**KERNEL)
def publish(
    team,  # in: address of the team's array, whose counter is changed
    place,  # in: place of the counter
    value,  # in: int64
):
    """Set a counter, and wake the threads that wait."""
    _store(address(team, place), np.int64(value))
    if look(team, SLEEPING) > 0:
        mutex_lock(address(team, MUTEX))
        cond_broadcast(address(team, CONDITION))
        mutex_unlock(address(team, MUTEX))


@nb.njit(**KERNEL)
def wait_until(
    team,  # in: address of the team's array
    phases,  # in: phases that must have been published
):
    """Return when `phases` phases are published, or the team has stopped."""
    for _ in range(SPINS):
        if look(team, PUBLISHED) >= phases or look(team, STOPPED) > 0:
            return
    mutex_lock(address(team, MUTEX))
    # Counted before the last look: `publish` stores first and counts sleepers after.
    add(team, SLEEPING, 1)
    while look(team, PUBLISHED) < phases and look(team, STOPPED) == 0:
        cond_wait(address(team, CONDITION), address(team, MUTEX))
    add(team, SLEEPING, -1)
    mutex_unlock(address(team, MUTEX))
