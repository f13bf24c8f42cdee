// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/call_debug.h"

#include "runtime/stats/time_text.h"

namespace gsp::rt {

void CallDebug::begin(uint32_t call) {
    if (call >= texts_.size()) texts_.resize(call + 1);
    texts_[call].clear();
}

void CallDebug::note(uint32_t call, uint64_t epoch_ns, bool rfc3339, std::string_view text) {
    if (call >= texts_.size()) begin(call);  // a call that is older than the trace
    texts_[call].append(date_text(epoch_ns, rfc3339)).append(" ").append(text);
}

std::string CallDebug::entry(uint32_t call, std::string_view call_id) const {
    constexpr size_t kRuleWidth = 79;
    std::string text(kRuleWidth, '-');
    text.append("\nCall debugging information for call ").append(call_id).append(":\n");
    return call < texts_.size() ? text + texts_[call] : text;
}

}  // namespace gsp::rt
