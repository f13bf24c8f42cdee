#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom, and which file may include which library: reads every #include line."""
import argparse
import fnmatch
import pathlib
import re
import sys

# Folder → what its files may include besides files of the same folder (patterns on paths from the root). The longest folder that fits counts.
ALLOWED = {
    "runtime/abi": [],
    "frontend": ["runtime/abi/*.def"],
    "ir": ["frontend/*", "runtime/abi/*"],
    "codegen": ["ir/*", "frontend/source.h", "frontend/diag.h", "runtime/abi/*"],
    "runtime/base": ["runtime/abi/*"],
    "runtime/sip": ["runtime/base/*", "runtime/abi/*"],
    "runtime/inject": ["runtime/base/*", "runtime/abi/*"],
    "runtime/transport": ["runtime/base/*", "runtime/sip/*", "runtime/abi/*", "runtime/config.h"],
    "runtime/stats": ["runtime/base/*", "runtime/sip/*", "runtime/abi/*", "runtime/config.h", "runtime/scenarios.h"],
    "runtime/media": ["runtime/base/*", "runtime/sip/*", "runtime/transport/transport.h", "runtime/transport/sockaddr.h", "runtime/stats/counters.h",
                      "runtime/stats/stream_*", "runtime/stats/media_quality.h",
                      "runtime/abi/*", "runtime/config.h", "runtime/media_file.h"],
    "runtime/auth": ["runtime/base/*", "runtime/sip/*", "runtime/abi/*", "runtime/config.h"],
    "runtime": ["runtime/*"],
    "driver": ["codegen/codegen.h", "frontend/*", "ir/*", "runtime/run.h", "runtime/rtp_send.h", "runtime/scenarios.h", "runtime/load.h", "runtime/config.h", "runtime/media_file.h",
               "runtime/base/library_path.h", "runtime/inject/injection_file.h", "runtime/stats/screen.h"],
    "test": ["*"],
}
# Library headers → the only files that may include them.
FENCES = {
    r"pugixml\.hpp": ["frontend/xml_reader.cpp"],
    r"pcre2.*": ["runtime/actions/regex.cpp", "ir/regex.cpp"],
    r"regex\.h": ["runtime/actions/regex.cpp", "ir/regex*.cpp", "test/unit/ir/regex_differential_test.cpp"],
    r"llvm/.*|lld/.*": ["codegen/*"],
    r"boost/asio.*": ["runtime/worker/*", "runtime/threepcc/twin_sockets.cpp", "runtime/transport/s*", "runtime/transport/t*",
                         "runtime/transport/websocket.cpp", "test/unit/runtime/*"],
    r"boost/beast.*": ["runtime/transport/websocket.cpp"],
    r"boost/(json|system).*": ["driver/lsp/*", "test/*"],
    r"CLI/.*": ["driver/cli/options.cpp"],
    r"openssl/.*": ["driver/compile/cache.cpp", "runtime/auth/crypto.cpp", "runtime/transport/tls*", "runtime/media/dtls*", "runtime/media/turn_tls.cpp", "runtime/media/srtp_openssl.cpp",
                      "test/unit/runtime/*", "test/perf/*"],
    r"ares.*\.h": ["runtime/transport/name_service.cpp"],
    r"srtp2/.*": ["runtime/media/srtp.cpp", "runtime/media/srtp_openssl.cpp", "test/unit/runtime/*", "test/perf/*"],
    r"(nice|glib|gio)[/.-].*": ["runtime/media/nice/*"],
    r"(spandsp|opus)/.*": ["runtime/media/encoders.cpp", "test/unit/runtime/*"],
    r"(sndfile|samplerate)\.h": ["runtime/media/sound_file.cpp"],
    r"liburing.*": ["runtime/transport/udp_uring.cpp"],
    r"gtest/.*": ["test/*"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def allowed_for(path):
    folder = max((f for f in ALLOWED if path.startswith(f + "/")), key=len)
    return [folder + "/*"] + ALLOWED[folder]


def fits(path, patterns):
    return any(fnmatch.fnmatch(path, p) for p in patterns)


def problems_of(root, path):
    for bracket, name in INCLUDE.findall((root / path).read_text(encoding="utf-8")):
        if bracket == '"':
            if path.startswith("test/") and ((root / path).parent / name).is_file():
                continue
            if not (root / name).is_file():
                yield f'{path}: "{name}" is not a path from the root of the project'
            elif not fits(name, allowed_for(path)):
                yield f'{path}: must not include "{name}"'
            continue
        for library, files in FENCES.items():
            if re.fullmatch(library, name) and not fits(path, files):
                yield f"{path}: <{name}> belongs to {', '.join(files)} only"


parser = argparse.ArgumentParser()
parser.add_argument("--source", type=pathlib.Path, required=True)
root = parser.parse_known_args()[0].source
files = [f.relative_to(root).as_posix() for top in {f.split("/")[0] for f in ALLOWED} for f in sorted((root / top).rglob("*"))
         if f.suffix in (".h", ".cpp", ".def")]
problems = [p for f in files for p in problems_of(root, f)]
print("\n".join(problems) or f"{len(files)} files follow the rules")
sys.exit(bool(problems) or not files)
