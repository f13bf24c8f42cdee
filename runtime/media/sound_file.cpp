// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/sound_file.h"

#include <samplerate.h>
#include <sndfile.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "runtime/media/audio_file.h"

namespace gsp::rt {

namespace {

// A file in memory, as libsndfile asks for it.
struct Bytes {
    std::string_view all;
    sf_count_t at = 0;
};
Bytes& bytes_of(void* user) {
    return *static_cast<Bytes*>(user);
}
sf_count_t length(void* user) {
    return static_cast<sf_count_t>(bytes_of(user).all.size());
}
sf_count_t seek(sf_count_t by, int whence, void* user) {
    Bytes& bytes = bytes_of(user);
    const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? bytes.at : length(user);
    bytes.at = std::clamp<sf_count_t>(from + by, 0, length(user));
    return bytes.at;
}
sf_count_t read(void* to, sf_count_t n, void* user) {
    Bytes& bytes = bytes_of(user);
    const sf_count_t taken = std::min(n, length(user) - bytes.at);
    std::memcpy(to, bytes.all.data() + bytes.at, static_cast<size_t>(taken));
    bytes.at += taken;
    return taken;
}
sf_count_t write_nothing(const void*, sf_count_t, void*) {
    return 0;
}
sf_count_t tell(void* user) {
    return bytes_of(user).at;
}

using OpenSound = std::unique_ptr<SNDFILE, int (*)(SNDFILE*)>;
OpenSound open_sound(Bytes& bytes, SF_INFO& info) {
    SF_VIRTUAL_IO io{length, seek, read, write_nothing, tell};
    info = {};
    return {sf_open_virtual(&io, SFM_READ, &info, &bytes), sf_close};
}

bool is_in_codec(const WavFormat& wav, const RtpFormat& format) {
    constexpr uint16_t kALaw = 6, kMuLaw = 7;
    const uint16_t own = format.codec == codec_of_name("PCMU/8000")   ? kMuLaw
                         : format.codec == codec_of_name("PCMA/8000") ? kALaw
                                                                      : 0;
    return own && wav.tag == own && wav.channels == 1 && wav.rate_hz == 8000;
}

std::vector<float> as_floats(const std::vector<int16_t>& samples) {
    std::vector<float> out(samples.size());
    src_short_to_float_array(samples.data(), out.data(), static_cast<int>(samples.size()));
    return out;
}

}  // namespace

bool needs_conversion(std::string_view file, const RtpFormat& format) {
    const std::optional<WavFormat> wav = wav_format(file);
    if (!wav || !find_encoder(format.codec) || is_in_codec(*wav, format)) return false;
    Bytes bytes{file};
    SF_INFO info;
    return open_sound(bytes, info) != nullptr;
}

Result<Sound> read_sound(std::string_view file) {
    constexpr size_t kBlock = 4096;
    Bytes bytes{file};
    SF_INFO info;
    const OpenSound sound = open_sound(bytes, info);
    if (!sound) return Error{sf_strerror(nullptr)};
    Sound out{static_cast<uint32_t>(info.samplerate), static_cast<uint32_t>(info.channels), {}};
    std::vector<float> block(kBlock * out.channels);
    while (const sf_count_t frames = sf_readf_float(sound.get(), block.data(), kBlock)) {
        const size_t before = out.samples.size(), n = static_cast<size_t>(frames) * out.channels;
        out.samples.resize(before + n);
        src_float_to_short_array(block.data(), &out.samples[before], static_cast<int>(n));
    }
    return out;
}

Sound mixed(const Sound& sound, uint32_t channels) {
    if (sound.channels == channels) return sound;
    Sound out{sound.rate_hz, channels, {}};
    for (size_t at = 0; at + sound.channels <= sound.samples.size(); at += sound.channels) {
        int32_t sum = 0;
        for (uint32_t i = 0; i < sound.channels; ++i) sum += sound.samples[at + i];
        const auto mean = static_cast<int16_t>(sum / static_cast<int32_t>(sound.channels));
        for (uint32_t i = 0; i < channels; ++i)
            out.samples.push_back(channels < sound.channels && channels > 1 ? sound.samples[at + i] : mean);
    }
    return out;
}

Sound resampled(const Sound& sound, uint32_t rate_hz) {
    if (sound.rate_hz == rate_hz) return sound;
    const double ratio = static_cast<double>(rate_hz) / sound.rate_hz;
    const std::vector<float> in = as_floats(sound.samples);
    const size_t frames = sound.samples.size() / sound.channels;
    const auto out_frames = static_cast<size_t>(static_cast<double>(frames) * ratio) + 1;
    std::vector<float> out(out_frames * sound.channels);
    SRC_DATA data{};
    data.data_in = in.data();
    data.data_out = out.data();
    data.input_frames = static_cast<long>(frames);
    data.output_frames = static_cast<long>(out_frames);
    data.src_ratio = ratio;
    Sound made{rate_hz, sound.channels, {}};
    if (src_simple(&data, SRC_SINC_MEDIUM_QUALITY, static_cast<int>(sound.channels)) != 0) return made;
    made.samples.resize(static_cast<size_t>(data.output_frames_gen) * sound.channels);
    src_float_to_short_array(out.data(), made.samples.data(), static_cast<int>(made.samples.size()));
    return made;
}

Result<std::string> converted(std::string_view file, const RtpFormat& format) {
    const Encoder& encoder = *find_encoder(format.codec);
    Result<Sound> read = read_sound(file);
    if (!read) return read.error();
    if (!src_is_valid_ratio(static_cast<double>(encoder.rate_hz) / read->rate_hz))
        return Error{std::to_string(read->rate_hz) + " samples a second cannot be made " +
                     std::to_string(encoder.rate_hz)};
    Sound sound = resampled(mixed(*read, format.channels), encoder.rate_hz);
    if (encoder.by_frames) {  // its last packet ends in silence
        const size_t of_packet = size_t{encoder.rate_hz} / 1000 * format.ms * format.channels;
        sound.samples.resize((sound.samples.size() + of_packet - 1) / of_packet * of_packet);
    }
    return encoder.encode(sound.samples, format);
}

}  // namespace gsp::rt
