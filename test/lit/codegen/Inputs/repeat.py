# SPDX-License-Identifier: Apache-2.0
"""repeat.py TIMES FILE: a scenario with the elements of FILE so many times; @I@ is 1, 2, …"""
import sys

with open(sys.argv[2], encoding="utf-8") as file:
    elements = file.read()
print("<scenario>" + "".join(elements.replace("@I@", str(i + 1)) for i in range(int(sys.argv[1]))) + "</scenario>")
