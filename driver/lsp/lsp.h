// SPDX-License-Identifier: Apache-2.0
// `gossipper lsp`: a language server on standard input and output (Language Server Protocol 3.17). Main thread.
#pragma once
#include <span>
#include <string>

namespace gsp::driver {

// Ends with the client's `exit`; exit code 0 after a `shutdown`, else 1.
int lsp_command(std::span<const std::string> arguments);

}  // namespace gsp::driver
