// SPDX-License-Identifier: Apache-2.0
// Sound on its way into payloads: WAV files of many kinds, tones, encoders. What comes out is decoded and must be the
// tone that went in.
#include <gtest/gtest.h>
#include <opus/opus.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numbers>

#include "runtime/media/encoders.h"
#include "runtime/media/media_library.h"
#include "runtime/media/sound_file.h"

// They want this order, and to come last.
// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
// clang-format on

namespace {

using namespace gsp::rt;

std::string little(uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i);
    return out;
}

std::string wav(uint16_t tag, uint16_t channels, uint32_t rate, uint16_t bits, const std::string& data) {
    const auto block = static_cast<uint16_t>(channels * bits / 8);
    return "RIFF" + little(36 + data.size(), 4) + "WAVEfmt " + little(16, 4) + little(tag, 2) + little(channels, 2) +
           little(rate, 4) + little(uint64_t{rate} * block, 4) + little(block, 2) + little(bits, 2) + "data" +
           little(data.size(), 4) + data;
}

constexpr double kLoud = 0.25;  // of full scale

// A second of a tone, linear.
std::string linear(uint32_t hz, uint16_t channels, uint32_t rate, uint16_t bits) {
    std::string out;
    for (uint32_t i = 0; i < rate; ++i) {
        const double x = kLoud * std::sin(2 * std::numbers::pi * hz * i / rate);
        const int64_t value = std::llround(std::ldexp(x, bits - 1)) + (bits == 8 ? 128 : 0);
        for (int c = 0; c < channels; ++c) out += little(static_cast<uint64_t>(value), bits / 8);
    }
    return out;
}

// G.711 (ITU-T), as it is decoded; of full scale.
double decoded(uint8_t byte, bool mu_law) {
    byte ^= mu_law ? 0xff : 0x55;
    const int exponent = byte >> 4 & 7, mantissa = byte & 15;
    const int size = mu_law     ? ((2 * mantissa + 33) << exponent) - 33
                     : exponent ? (2 * mantissa + 33) << (exponent - 1)
                                : 2 * mantissa + 1;
    const double value = mu_law ? size / 8192.0 : size / 4096.0;
    const bool sign = (byte & 0x80) != 0;
    return sign == mu_law ? -value : value;
}

// How loud a frequency is in it (Goertzel), of full scale.
double loudness(const std::vector<double>& samples, double hz, double rate) {
    double re = 0, im = 0;
    for (size_t i = 0; i < samples.size(); ++i) {
        re += samples[i] * std::cos(2 * std::numbers::pi * hz * static_cast<double>(i) / rate);
        im += samples[i] * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate);
    }
    return 2 * std::hypot(re, im) / static_cast<double>(samples.size());
}

std::vector<double> decoded(const std::string& bytes, bool mu_law) {
    std::vector<double> out;
    for (const char byte : bytes) out.push_back(decoded(static_cast<uint8_t>(byte), mu_law));
    return out;
}

const RtpFormat kPcmu = *find_rtp_format(0, ""), kPcma = *find_rtp_format(8, "");

TEST(SoundFile, EachKindOfWavBecomesG711) {
    struct Kind {
        uint16_t channels;
        uint32_t rate;
        uint16_t bits;
    };
    for (const Kind& kind : {Kind{1, 8000, 16}, Kind{1, 8000, 8}, Kind{2, 8000, 16}, Kind{1, 16000, 16},
                             Kind{2, 44100, 16}, Kind{1, 48000, 24}, Kind{6, 48000, 32}}) {
        const std::string file =
            wav(1, kind.channels, kind.rate, kind.bits, linear(440, kind.channels, kind.rate, kind.bits));
        for (const RtpFormat& format : {kPcmu, kPcma}) {
            ASSERT_TRUE(needs_conversion(file, format));
            const std::string bytes = *converted(file, format);
            EXPECT_NEAR(static_cast<double>(bytes.size()), 8000, 2) << kind.rate;
            const std::vector<double> heard = decoded(bytes, format.type == 0);
            EXPECT_NEAR(loudness(heard, 440, 8000), kLoud, 0.01) << kind.rate << " Hz, " << kind.bits << " bits";
            EXPECT_LT(loudness(heard, 1000, 8000), 0.005);
        }
    }
}

TEST(SoundFile, WhatIsInTheCodecStaysAsItIs) {
    const std::string any = "every byte \x01\x80\xff";
    EXPECT_FALSE(needs_conversion(wav(7, 1, 8000, 8, any), kPcmu));
    EXPECT_FALSE(needs_conversion(wav(6, 1, 8000, 8, any), kPcma));
    EXPECT_FALSE(needs_conversion(any, kPcmu));                                          // no WAV file
    EXPECT_FALSE(needs_conversion(wav(1, 1, 8000, 16, any), *find_rtp_format(18, "")));  // no encoder of G.729
    EXPECT_FALSE(needs_conversion(wav(0x83, 1, 8000, 8, any), kPcmu));                   // a tag that nobody knows
    EXPECT_TRUE(needs_conversion(wav(7, 1, 8000, 8, any), kPcma));                       // mu-law is not A-law
    EXPECT_TRUE(needs_conversion(wav(7, 1, 16000, 8, any), kPcmu));
    const std::string mu_law = encoded_tone(440, kPcmu);
    EXPECT_NEAR(loudness(decoded(*converted(wav(7, 1, 8000, 8, mu_law), kPcma), false), 440, 8000), 8000 / 32768.0,
                0.01);
}

TEST(SoundFile, CutAndBrokenFilesDoNoHarm) {
    const std::string whole = wav(1, 1, 8000, 16, linear(440, 1, 8000, 16));
    EXPECT_EQ(converted(std::string_view(whole).substr(0, 44 + 3200), kPcmu)->size(), 1600u);  // cut: what is there
    for (size_t cut = 0; cut < 60; ++cut) {
        const std::string_view part = std::string_view(whole).substr(0, cut);
        EXPECT_TRUE(!needs_conversion(part, kPcmu) || converted(part, kPcmu));
    }
}

TEST(Encoders, TonesOfEachCodec) {
    EXPECT_NEAR(loudness(decoded(encoded_tone(425, kPcma), false), 425, 8000), 8000 / 32768.0, 0.01);
    const std::string g722 = encoded_tone(425, *find_rtp_format(9, ""));
    ASSERT_EQ(g722.size(), 8000u);  // 64 kbit/s
    const std::unique_ptr<g722_decode_state_t, int (*)(g722_decode_state_t*)> g722_decoder(
        g722_decode_init(nullptr, 64000, 0), g722_decode_free);
    std::vector<int16_t> wide(16000);
    ASSERT_EQ(g722_decode(g722_decoder.get(), wide.data(), reinterpret_cast<const uint8_t*>(g722.data()), 8000), 16000);
    std::vector<double> wide_heard;
    for (const int16_t sample : wide) wide_heard.push_back(sample / 32768.0);
    EXPECT_NEAR(loudness(wide_heard, 425, 16000), 8000 / 32768.0, 0.02);
    EXPECT_EQ(encoded_tone(425, *find_rtp_format(18, "")), std::string(20, '\0'));
    const RtpFormat thirty = *with_packet_time(kPcmu, 30);
    EXPECT_EQ(encoded_tone(425, thirty).size() % thirty.bytes, 0u);

    RtpFormat opus = *find_rtp_format(111, "opus/48000/2");
    for (const uint8_t channels : {uint8_t{1}, uint8_t{2}}) {
        opus.channels = channels;
        const std::string packets = encoded_tone(425, opus);
        ASSERT_EQ(packets.size(), 50u * opus.bytes);
        int error = 0;
        const std::unique_ptr<OpusDecoder, void (*)(OpusDecoder*)> decoder(opus_decoder_create(8000, 1, &error),
                                                                           opus_decoder_destroy);
        std::vector<double> heard;
        for (size_t at = 0; at < packets.size(); at += opus.bytes) {
            int16_t samples[160];
            ASSERT_EQ(
                opus_decode(decoder.get(), reinterpret_cast<const uint8_t*>(&packets[at]), opus.bytes, samples, 160, 0),
                160);
            for (const int16_t sample : samples) heard.push_back(sample / 32768.0);
        }
        EXPECT_NEAR(loudness(heard, 425, 8000), 8000 / 32768.0, 0.02);
    }
}

TEST(MediaLibrary, SoundIsConvertedOnceForEachCodec) {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "gossipper-sound-test";
    std::filesystem::create_directories(folder);
    const std::string scenario = folder / "scenario.xml";
    std::ofstream(folder / "tone.wav", std::ios::binary) << wav(1, 1, 16000, 16, linear(440, 1, 16000, 16));
    MediaLibrary library;
    ASSERT_TRUE(library.load(scenario, "tone.wav,-1,0", 8));
    const auto payloads = [&](const char* value) {
        return *library.payloads(scenario, *parse_stream_request(value, 8));
    };
    const std::string_view mu_law = payloads("tone.wav,pt=0"), a_law = payloads("tone.wav");
    EXPECT_EQ(mu_law.data(), payloads("tone.wav,-1,0,PCMU/8000").data());
    EXPECT_NE(mu_law, a_law);
    EXPECT_NEAR(static_cast<double>(mu_law.size()), 8000, 2);
    EXPECT_EQ(payloads("tone.wav,1,18").size(), 32000u);  // G.729: its bytes as they are
    EXPECT_EQ(payloads("synthetic").data(), payloads("synthetic,-1,0,PCMU/8000").data());
    EXPECT_EQ(library.load(scenario, "tone.wav,lop=2", 8).error().text,
              "rtp_stream=\"tone.wav,lop=2\": there is no `lop=`");
    EXPECT_EQ(library.load(scenario, "synthetic,pt=300", 8).error().text,
              "rtp_stream=\"synthetic,pt=300\": no payload type 300 without a name");
    EXPECT_EQ(library.load(scenario, "apattern,9", 8).error().text,
              "rtp_stream=\"apattern,9\": patterns are numbered 1 to 6");
    EXPECT_TRUE(library.load(scenario, "tone.wav,codec=iLBC/8000", 8));  // SDP may say which type that is
    EXPECT_TRUE(library.load(scenario, "pause", 8));
    std::filesystem::remove_all(folder);
}

}  // namespace
