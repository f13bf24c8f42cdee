// SPDX-License-Identifier: Apache-2.0
// Starting other programs.
#pragma once
#include <string>
#include <vector>

namespace gsp::rt {

// Starts words[0], looked for in PATH if it has no slash, and does not wait for it. Its standard input is empty;
// `output` and `errors` are descriptors of ours, -1: those that we have ourselves. Its signals are as new: the run
// ignores some and its threads block others. Nobody waits for its end, as the run ignores SIGCHLD. 0, or what errno
// says. Any thread.
int start_program(std::vector<std::string> words, int output = -1, int errors = -1);

}  // namespace gsp::rt
