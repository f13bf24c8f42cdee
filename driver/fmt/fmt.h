// SPDX-License-Identifier: Apache-2.0
// `gossipper fmt`: formats scenario files, on standard output, in place, or only to tell whether they are formatted.
// Main thread.
#pragma once
#include <span>
#include <string>

namespace gsp::driver {

// Exit code 1: a file cannot be read or formatted; with --check also: a file would change, its name is on stdout.
int fmt_command(std::span<const std::string> arguments);

}  // namespace gsp::driver
