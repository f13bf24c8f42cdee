// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes as a WAV file and as the values of actions. Aborts when something lies outside the bytes or
// a format is not one of the table.
#include <cstdint>
#include <string>

#include "runtime/media/audio_file.h"
#include "runtime/media/dtmf.h"
#include "runtime/media/rtp_check.h"
#include "runtime/media/sound_file.h"
#include "runtime/media/stream_request.h"
#include "test/fuzz/require.h"

namespace {

using namespace gsp::rt;

void check_values(std::string_view bytes) {
    if (auto request = parse_stream_request(bytes, 8)) {
        require_inside(bytes, request->file);
        require(request->what != StreamRequest::What::Play || request->format.bytes > 0);
    }
    uint16_t sequence = kFirstDtmfSequence;
    if (auto digits = make_dtmf(bytes, 1, sequence)) require(digits->packets.size() > 20);
}

void convert(std::string_view bytes) {
    for (const uint32_t type : {0u, 9u}) {
        const RtpFormat format = *find_rtp_format(type, "");
        if (needs_conversion(bytes, format)) [[maybe_unused]]
            const auto payloads = converted(bytes, format);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    if (auto audio = media_bytes(bytes)) require_inside(bytes, *audio);
    if (auto asked = parse_rtp_expectation(bytes)) require(asked->min_packets >= 0);
    convert(bytes);
    check_values(bytes);
    return 0;
}
