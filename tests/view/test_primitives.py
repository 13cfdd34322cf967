"""The three tables of primitives: one row in each for every primitive that Python records."""

import pytest

from clearprop.readings.symbol import PRIMITIVES
from tests.node import Program

TABLES = {"COMPUTE": "compute", "CELLS": "cells", "WRITE": "write"}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    modules = {module: f"primitives/{module}" for module in TABLES.values()}
    return Program(tmp_path_factory.mktemp("primitives"), modules)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_one_row_for_each_primitive(program, table):
    (rows,) = program.call("keys", (f"{TABLES[table]}.{table}",))
    assert sorted(rows) == sorted(["given", "constant", *PRIMITIVES])


def test_a_primitive_that_no_table_has_is_refused_by_its_name(program):
    with pytest.raises(AssertionError, match="the view does not know the primitive constructor"):
        program.call("compute.computed", ("constructor", [1.0], 0))
