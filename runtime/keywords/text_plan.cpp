// SPDX-License-Identifier: Apache-2.0
#include "runtime/keywords/text_plan.h"

namespace gsp::rt {

namespace {

bool is_run_text(const gsp_segment& segment) {
    return segment.kind == GSP_SEGMENT_RUN || segment.kind == GSP_SEGMENT_RUN_AFTER_VALUE;
}

TextPiece piece_of(const gsp_segment& segment, const JoinedText& text) {
    TextPiece piece;
    piece.ptr = text.ptr;
    piece.len = text.len;
    piece.after_value = segment.kind == GSP_SEGMENT_RUN_AFTER_VALUE && text.blank != 0;
    if (piece.after_value || text.n_holes) piece.special = &text;
    return piece;
}

}  // namespace

TextPlan::TextPlan(const gsp_program& program, const RunTexts& run_texts) {
    for (uint32_t i = 0; i < program.n_texts; ++i) {
        const auto first = static_cast<uint32_t>(pieces_.size());
        first_.push_back(first);
        const gsp_segment* const segments = program.segments + program.texts[i].first;
        for (const gsp_segment& segment : std::span(segments, program.texts[i].count)) {
            if (is_run_text(segment)) {
                pieces_.push_back(piece_of(segment, run_texts[segment.index]));
                continue;
            }
            if (pieces_.size() == first || pieces_.back().then != GSP_SEGMENT_RUN) pieces_.emplace_back();
            TextPiece& piece = pieces_.back();
            piece.then = segment.kind;
            piece.segment = &segment;
            if (segment.kind == GSP_SEGMENT_KEYWORD) piece.keyword = program.keywords[segment.index];
        }
    }
    first_.push_back(static_cast<uint32_t>(pieces_.size()));
}

}  // namespace gsp::rt
