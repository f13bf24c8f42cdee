// SPDX-License-Identifier: Apache-2.0
// -trace_calldebug: what each call has done so far, in SIPp's form, kept to be written if the call is aborted. The
// worker's thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gsp::rt {

class CallDebug {
public:
    void begin(uint32_t call);  // index of its frame: forgets what the last call there did
    void note(uint32_t call, uint64_t epoch_ns, bool rfc3339, std::string_view text);
    // The entry of an aborted call.
    std::string entry(uint32_t call, std::string_view call_id) const;

private:
    std::vector<std::string> texts_;
};

}  // namespace gsp::rt
