// SPDX-License-Identifier: Apache-2.0
// Checks scenario files and shows what was found: `gossipper check`, `gossipc --check`.
#pragma once
#include <span>
#include <string>

#include "driver/cli/tool_options.h"

namespace gsp::driver {

// Shows the messages of `options.files` on stdout (text: stderr). Returns the exit code: an unreadable file is an
// error.
int check_files(const ToolOptions& options);
int check_command(std::span<const std::string> arguments);

}  // namespace gsp::driver
