#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums JUnit files of ctest and lit into one last line: `N passed, N failed[, N skipped]`, and names the failures."""
import sys
import xml.etree.ElementTree as xml

passed, failed, skipped = 0, [], 0
for path in sys.argv[1:]:
    for case in xml.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed.append(f"{case.get('classname')}: {case.get('name')}")
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
for name in failed:
    print("FAILED", name)
print(f"{passed} passed, {len(failed)} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not passed else 0)
