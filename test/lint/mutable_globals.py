#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No mutable variables at namespace or function-static scope: nm finds none of ours in a data section of the libraries."""
import argparse
import pathlib
import re
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--build", type=pathlib.Path, required=True)
# Constants that become known when they are first asked for.
ALLOWED = ["context_place()::place", "peer_place()::place",  # numbers that OpenSSL gives out
           "::one_at_a_time",  # lld has globals
           "datagrams()::method",  # a kind of BIO
           "SrtpContext::available()::ready",
           "::asked_for_aes192",  # libsrtp's functions have no argument for it
           "::kHasAes", "::kHasAvx2"]  # what the processor can
build = parser.parse_known_args()[0].build
libraries = sorted(build.glob("*/libgsp_*.a")) + sorted(build.glob("lib/libgsp_*.a"))
# b/d: written data; relocated constants (vtables, tables of pointers) are in .data.rel.ro, which nm shows as d too: told apart by section.
problems = []
for library in libraries:
    text = subprocess.run(["objdump", "-tC", library], capture_output=True, text=True, check=True).stdout
    for line in text.splitlines():
        match = re.match(r"^[0-9a-f]+ .{7} (\.(?:t?bss|t?data)(?!\.rel\.ro)\S*)\s+[0-9a-f]+ (?:\.hidden )?(.*)$", line)
        if match and "gsp" in match[2] and not match[2].startswith(("guard variable", "vtable", "typeinfo", "DW.ref")) and not match[2].endswith(tuple(ALLOWED)):
            problems.append(f"{library.name}: {match[2]} in {match[1]}")
print("\n".join(problems) or f"{len(libraries)} libraries without mutable globals")
sys.exit(bool(problems) or not libraries)
