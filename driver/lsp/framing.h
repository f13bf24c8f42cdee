// SPDX-License-Identifier: Apache-2.0
// Messages of the Language Server Protocol on a byte stream: header lines with Content-Length, an empty line, the body.
// Blocking; one thread.
#pragma once
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace gsp::driver::lsp {

struct Frame {
    std::string body;
    std::string error;  // not empty: a header that cannot be followed; reading goes on behind it
};

std::optional<Frame> read_frame(std::FILE*);  // nothing: the stream has ended
bool write_frame(std::FILE*, std::string_view body);

}  // namespace gsp::driver::lsp
