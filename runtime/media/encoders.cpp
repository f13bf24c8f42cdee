// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/encoders.h"

#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>

// They want this order, and to come last.
// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#include <spandsp/g722.h>
// clang-format on

namespace gsp::rt {

namespace {

std::string encode_pcmu(std::span<const int16_t> samples, const RtpFormat&) {
    std::string out;
    for (const int16_t sample : samples) out += static_cast<char>(linear_to_ulaw(sample));
    return out;
}

std::string encode_pcma(std::span<const int16_t> samples, const RtpFormat&) {
    std::string out;
    for (const int16_t sample : samples) out += static_cast<char>(linear_to_alaw(sample));
    return out;
}

std::string encode_g722(std::span<const int16_t> samples, const RtpFormat&) {
    constexpr int kBitsPerSecond = 64000;
    const std::unique_ptr<g722_encode_state_t, int (*)(g722_encode_state_t*)> state(
        g722_encode_init(nullptr, kBitsPerSecond, 0), g722_encode_free);
    std::string out(samples.size() / 2, '\0');
    const int n = g722_encode(state.get(), reinterpret_cast<uint8_t*>(out.data()), samples.data(),
                              static_cast<int>(samples.size() / 2 * 2));
    out.resize(static_cast<size_t>(n));
    return out;
}

// With a constant bit rate, so each packet has the length that its format says.
std::string encode_opus(std::span<const int16_t> samples, const RtpFormat& format) {
    int error = 0;
    const std::unique_ptr<OpusEncoder, void (*)(OpusEncoder*)> encoder(
        opus_encoder_create(48000, format.channels, OPUS_APPLICATION_AUDIO, &error), opus_encoder_destroy);
    if (!encoder) return {};
    opus_encoder_ctl(encoder.get(), OPUS_SET_VBR(0));
    opus_encoder_ctl(encoder.get(), OPUS_SET_BITRATE(format.bytes * 8 * 1000 / format.ms));
    const size_t of_packet = size_t{format.ticks} * format.channels;
    std::string out(samples.size() / of_packet * format.bytes, '\0');
    for (size_t packet = 0; packet < samples.size() / of_packet; ++packet)
        if (opus_encode(encoder.get(), &samples[packet * of_packet], format.ticks,
                        reinterpret_cast<uint8_t*>(&out[packet * format.bytes]), format.bytes) != format.bytes)
            return {};
    return out;
}

struct EncoderRow {
    std::string_view codec;
    Encoder encoder;
};
constexpr EncoderRow kEncoders[] = {{"PCMU/8000", {8000, false, false, encode_pcmu}},
                                    {"PCMA/8000", {8000, false, false, encode_pcma}},
                                    {"G722/8000", {16000, false, false, encode_g722}},
                                    {"opus/48000/2", {48000, true, true, encode_opus}},
                                    {"opus/48000", {48000, true, true, encode_opus}}};

constexpr uint32_t kOpusPacketsMs[] = {10, 20, 40, 60};

}  // namespace

const Encoder* find_encoder(CodecId id) {
    const RtpCodec* const codec = find_codec(id);
    for (const EncoderRow& row : kEncoders)
        if (codec && row.codec == codec->name) return &row.encoder;
    return nullptr;
}

bool is_g711(CodecId id) {
    const Encoder* const encoder = find_encoder(id);
    return encoder && (encoder->encode == encode_pcmu || encoder->encode == encode_pcma);
}

void encode_g711(std::span<const int16_t> samples, CodecId id, char* out) {
    const bool a_law = find_encoder(id)->encode == encode_pcma;
    for (const int16_t sample : samples)
        *out++ = static_cast<char>(a_law ? linear_to_alaw(sample) : linear_to_ulaw(sample));
}

std::optional<RtpFormat> with_packet_time(const RtpFormat& format, uint32_t ms) {
    if (ms == format.ms) return format;
    const Encoder* const encoder = find_encoder(format.codec);
    const uint32_t bytes = ms * format.bytes / format.ms;
    if (!encoder || ms == 0 || bytes > kLongestRtpPayload) return {};
    if (encoder->by_frames &&
        std::find(std::begin(kOpusPacketsMs), std::end(kOpusPacketsMs), ms) == std::end(kOpusPacketsMs))
        return {};
    RtpFormat other = format;
    other.ms = static_cast<uint16_t>(ms);
    other.bytes = static_cast<uint16_t>(bytes);
    other.ticks = static_cast<uint16_t>(ms * format.ticks / format.ms);
    return other;
}

Sound tone(uint32_t frequency_hz, uint32_t rate_hz, uint32_t channels) {
    constexpr double kLoudness = 8000;  // of 32767: -12 dB
    Sound made{rate_hz, channels, {}};
    made.samples.reserve(size_t{rate_hz} * channels);
    for (uint32_t i = 0; i < rate_hz; ++i) {
        const double phase = 2 * std::numbers::pi * frequency_hz * i / rate_hz;
        made.samples.insert(made.samples.end(), channels,
                            static_cast<int16_t>(std::lround(kLoudness * std::sin(phase))));
    }
    return made;
}

// As many seconds as whole packets need, twice: the encoder has settled in the second half, which is what counts.
std::string encoded_tone(uint32_t frequency_hz, const RtpFormat& format) {
    const Encoder* const encoder = find_encoder(format.codec);
    if (!encoder) return std::string(format.bytes, '\0');
    const Sound second = tone(frequency_hz, encoder->rate_hz, format.channels);
    uint32_t seconds = 1;
    while (seconds * 1000 % format.ms != 0) ++seconds;
    std::vector<int16_t> samples;
    for (uint32_t i = 0; i < 2 * seconds; ++i)
        samples.insert(samples.end(), second.samples.begin(), second.samples.end());
    const std::string all = encoder->encode(samples, format);
    return all.substr(all.size() / 2);
}

}  // namespace gsp::rt
