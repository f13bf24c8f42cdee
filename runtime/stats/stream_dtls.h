// SPDX-License-Identifier: Apache-2.0
// What became of a handshake of DTLS-SRTP, by number and in words. Pure.
#pragma once
#include <cstddef>
#include <cstdint>

namespace gsp::rt {

enum class DtlsOutcome : uint8_t {
#define DTLS_OUTCOME(id, ...) id,
#include "runtime/stats/stream_dtls.def"
};
struct DtlsOutcomeRow {
    const char *word, *text;  // text: of what there is to complain about
};
inline constexpr DtlsOutcomeRow kDtlsOutcomes[] = {
#define DTLS_OUTCOME(id, word, text) {word, text},
#include "runtime/stats/stream_dtls.def"
};
inline const DtlsOutcomeRow& row_of(DtlsOutcome outcome) {
    return kDtlsOutcomes[static_cast<size_t>(outcome)];
}
inline bool failed(DtlsOutcome outcome) {
    return outcome > DtlsOutcome::Pending;
}

}  // namespace gsp::rt
