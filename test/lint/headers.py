#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Headers compile alone, begin with the licence line, and have a guard. LLVM headers are slow to read, GLib's are not where others
are: what needs them is left to the build."""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--source", type=pathlib.Path, required=True)
parser.add_argument("--compiler", required=True)
options = parser.parse_known_args()[0]
headers = [h for top in ("frontend", "ir", "codegen", "runtime", "driver") for h in sorted((options.source / top).rglob("*.h"))]


def problem_of(header):
    text = header.read_text(encoding="utf-8")
    name = header.relative_to(options.source)
    if "SPDX-License-Identifier: Apache-2.0" not in text.split("\n", 1)[0]:
        return f"{name}: the first line is not the licence"
    if "#pragma once" not in text and "#ifndef" not in text:
        return f"{name}: no guard"
    if "llvm/" in text or "<gio/" in text or any(f'"{other}"' in text for other in ("codegen/module_builder.h",)):
        return None
    unit = f'#include "{name}"\n#include "{name}"\n'
    run = subprocess.run([options.compiler, "-std=c++20", "-fsyntax-only", "-x", "c++", f"-I{options.source}", '-DGSP_VERSION="0"', "-"],
                         input=unit, capture_output=True, text=True)
    return f"{name} does not compile alone:\n{run.stderr}" if run.returncode else None


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    problems = [p for p in pool.map(problem_of, headers) if p]
print("\n".join(problems) or f"{len(headers)} headers stand alone")
sys.exit(bool(problems) or not headers)
