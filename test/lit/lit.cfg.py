# SPDX-License-Identifier: Apache-2.0
# Tests on files. Substitutions: %gossipper, %gossipc, %check (gossipper check), %filecheck, %sipp (feature `sipp` if it is installed),
# %free_port (a UDP port that is free on loopback), %scenarios (the built-in ones).
import os
import sys

import lit.formats

config.name = "gossipper"
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".test", ".xml"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.gsp_output
# Nothing of the user's cache may decide a test.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.gsp_output, "cache")
config.environment["LC_ALL"] = "C.UTF-8"

gossipper = os.path.join(config.gsp_bin, "gossipper")
for name, value in (
    ("%gossipper", gossipper),
    ("%gossipc", os.path.join(config.gsp_bin, "gossipc")),
    ("%check", gossipper + " check"),
    ("%filecheck", config.filecheck),
    ("%sipp", config.sipp),
    ("%free_port", f"{sys.executable} {config.test_source_root}/free_port.py"),
    ("%python", sys.executable),
    ("%scenarios", os.path.join(config.test_source_root, "../../scenarios")),
):
    config.substitutions.append((name + r"\b", value))
if config.sipp and not config.sipp.endswith("NOTFOUND"):
    config.available_features.add("sipp")
