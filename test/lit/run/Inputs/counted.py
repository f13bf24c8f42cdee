# SPDX-License-Identifier: Apache-2.0
"""counted.py LOG N LINES: does each of N calls have a number of its own from 1 to N, and the lines of the file in turn?"""
import collections
import re
import sys

path, n, lines = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path, encoding="utf-8") as file:
    rows = re.findall(r"number (\d+)\S* line (\d+) call (\d+)", file.read())
print(len(rows), "calls")
print("numbers:", "each once" if sorted(int(r[0]) for r in rows) == list(range(1, n + 1)) else "wrong")
print("lines:", "in turn" if set(collections.Counter(r[1] for r in rows).values()) == {n // lines} else "wrong")
# <init> has the first call number.
print("calls:", "each once" if sorted(int(r[2]) for r in rows) == list(range(2, n + 2)) else "wrong")
