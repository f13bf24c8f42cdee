// SPDX-License-Identifier: Apache-2.0
// Sound as numbers, and what makes payloads of it: G.711, G.722, Opus. Set-up only; pure functions.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/media/rtp.h"

namespace gsp::rt {

struct Sound {
    uint32_t rate_hz = 0;          // samples a second and channel
    uint32_t channels = 1;         // interleaved
    std::vector<int16_t> samples;  // linear
};

struct Encoder {
    uint32_t rate_hz;  // of the samples it takes
    bool stereo;       // it takes two channels too
    bool by_frames;    // a packet can be decoded only as a whole
    // Payloads one after the other, each of format.bytes; what is left behind the last whole packet goes as it is, if
    // the codec is not by frames.
    std::string (*encode)(std::span<const int16_t> samples, const RtpFormat&);
};
// nullptr: there is none, its payloads can only come from files.
const Encoder* find_encoder(CodecId);

bool is_g711(CodecId);  // PCMU, PCMA
// PCMA if that is what it is, else PCMU; a byte a sample.
void encode_g711(std::span<const int16_t> samples, CodecId, char* out);

// The same with packets of other `ms`, or nothing if the codec has no such packets.
std::optional<RtpFormat> with_packet_time(const RtpFormat&, uint32_t ms);

// Of a whole second, so that it goes on without a gap when it is repeated.
Sound tone(uint32_t frequency_hz, uint32_t rate_hz, uint32_t channels);

// A tone as payloads of the format; zeros if its codec has no encoder. Goes on without a gap when it is repeated.
std::string encoded_tone(uint32_t frequency_hz, const RtpFormat&);

}  // namespace gsp::rt
