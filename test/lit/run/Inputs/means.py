# SPDX-License-Identifier: Apache-2.0
"""means.py LOG NAME=MEAN...: the numbers behind each name in the log have that mean, within six standard errors."""
import statistics
import sys

values = {}
for line in open(sys.argv[1], encoding="ascii"):
    name, *number = line.split()  # [$v] prints nothing for 0
    values.setdefault(name, []).append(float(number[0]) if number else 0)
for wanted in sys.argv[2:]:
    name, mean = wanted.split("=")
    drawn = values[name]
    error = 6 * statistics.stdev(drawn) / len(drawn) ** 0.5 + 1  # drawn numbers are cut to whole ones
    assert len(drawn) == 500, (name, len(drawn))
    assert abs(statistics.mean(drawn) - float(mean)) <= error, (name, statistics.mean(drawn), error)
