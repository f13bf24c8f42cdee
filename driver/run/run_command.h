// SPDX-License-Identifier: Apache-2.0
// `gossipper [sipp] …`: options → compiled scenario → run.
#pragma once
#include <span>
#include <string>

namespace gsp::driver {

// `sub_commands`: listed before the options in the help; empty when called as sipp. Returns the exit code.
int run_command(std::span<const std::string> arguments, const std::string& sub_commands);

}  // namespace gsp::driver
