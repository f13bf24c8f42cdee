// SPDX-License-Identifier: Apache-2.0
// Names of the files that a run writes.
#pragma once
#include <string>

#include "runtime/config.h"

namespace gsp::rt {

// The name that was given, SIPp's default `<scenario>_<pid>_<kind>.log` (and `<scenario>_<pid>_.csv`), or with
// -trace_schema gossipper a sibling of the messages file.
std::string trace_file_name(const RunConfig&, TraceFile);
// SIPp's default without its ending: what names of rotated files begin with, also when another name was given.
std::string default_log_stem(const RunConfig&, TraceFile);

}  // namespace gsp::rt
