// SPDX-License-Identifier: Apache-2.0
// Where the files are that <exec> plays. Set-up only.
#pragma once
#include <string>

namespace gsp::rt {

// SIPp: beside the scenario, then as given; `~/` and `~user/` are home directories. Empty: not there, errno says why.
std::string find_media_file(const std::string& scenario, const std::string& name);

}  // namespace gsp::rt
