// SPDX-License-Identifier: Apache-2.0
// The texts of a program as they are rendered: run texts and what stands between them in pairs, with all that rendering
// would have to look up. Made once, from segments and run texts, which must outlive it.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/abi/gsp_abi.h"
#include "runtime/keywords/run_text.h"

namespace gsp::rt {

// A run text, which may be empty, and what comes behind it.
struct TextPiece {
    const char* ptr = nullptr;
    uint32_t len = 0;
    const JoinedText* special = nullptr;  // the run text, if there is more to it than to copy it
    bool after_value = false;             // … without `blank` bytes when nothing was printed before on its line
    uint32_t then = GSP_SEGMENT_RUN;      // GSP_SEGMENT_*; RUN: nothing
    const gsp_segment* segment = nullptr;
    gsp_keyword_fn keyword = nullptr;
};

class TextPlan {
public:
    TextPlan() = default;
    TextPlan(const gsp_program&, const RunTexts&);
    std::span<const TextPiece> of(uint32_t text) const {
        return {pieces_.data() + first_[text], pieces_.data() + first_[text + 1]};
    }

private:
    std::vector<TextPiece> pieces_;
    std::vector<uint32_t> first_;  // of each text, and the end of the last
};

}  // namespace gsp::rt
