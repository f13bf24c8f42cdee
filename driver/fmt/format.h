// SPDX-License-Identifier: Apache-2.0
// Lays out a scenario file, or a file that scenarios include, in the one standard way without changing what it means:
// what read_xml() finds in the result is what it finds in the file. Any thread; nothing is kept.
#pragma once
#include <optional>
#include <string>

#include "frontend/diag.h"
#include "frontend/source.h"

namespace gsp::driver {

// Layout: two blanks a level, one blank line between siblings at most, line ends as the first one of the file, tags
// beyond 140 columns wrapped between attributes. Messages (sipp.md 2.3): header lines flush, body lines keep their
// indentation among themselves. Damage that SIPp reads over comes out repaired.
//
// Nothing, with an error in `diag`, if the file cannot be read as XML, or holds what no well-formed file can hold.
// `diag` also gets the reader's warnings, which name each repair.
std::optional<std::string> format_scenario(const SourceFile&, Diag& diag);

}  // namespace gsp::driver
