"""Standardised inputs and targets are told in the units of the table, and taken in them."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.labels import Standardised
from clearprop.tables.fit import fit_table
