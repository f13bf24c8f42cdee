#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of a table is named by a test: the row's name stands, as a word, in a file under test/ of the given kinds."""
import argparse
import pathlib
import re
import sys

# Table → (which rows, how the name is written in tests, where). Rows of *_LATER are covered by tests that walk the table.
TABLES = [
    ("runtime/abi/actions.def", r"^ACTION(?:_CUSTOM)?\((\w+)", "<{}", "test/**/*"),
    ("runtime/abi/keywords.def", r"^KEYWORD\((\w+)", "[{}", "test/**/*"),
    ("driver/cli/options.def", r"^(?:FLAG|OPTION|OPTION2|ALIAS|EARLY|JOINED)\(([\w-]+)", '-{}', "test/unit/driver/*"),
    ("driver/cli/tool_options.def", r"^TOOL_OPTION\(\w+, ([\w-]+)", "-{}", "test/**/*"),
    ("frontend/diagnostics.def", r'^DIAG\(\w+, "([\w-]+)"', "{}", "test/**/*"),
]

parser = argparse.ArgumentParser()
parser.add_argument("--source", type=pathlib.Path, required=True)
root = parser.parse_known_args()[0].source
problems, rows = [], 0
FAMILIES = re.findall(r"^KEYWORD\((\w+), \w+, (?:Family|Number),", (root / "runtime/abi/keywords.def").read_text(encoding="utf-8"), re.M)
for table, row, form, where in TABLES:
    files = [f for f in root.glob(where) if f.is_file() and "corpus" not in f.parts]
    tests = "\n".join(f.read_text(encoding="utf-8", errors="replace") for f in files)
    for name in re.findall(row, (root / table).read_text(encoding="utf-8"), re.M):
        rows += 1
        whole = re.search(re.escape(form.format(name)) + r"(?![\w])", tests)
        begun = name.endswith(("_", "-")) or name in FAMILIES  # what follows is part of the word
        if not whole and not (begun and form.format(name) in tests):
            problems.append(f"{table}: no test names {form.format(name)}")
print("\n".join(problems) or f"{rows} rows are named by tests")
sys.exit(bool(problems) or not rows)
