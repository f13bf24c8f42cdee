// SPDX-License-Identifier: Apache-2.0
// What media reads: WAV files, captures, the values of actions, SDP.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/base/clock.h"
#include "runtime/media/audio_file.h"
#include "runtime/media/capture.h"
#include "runtime/media/dtmf.h"
#include "runtime/media/stream_request.h"

extern "C" {  // test/fuzz
int media_fuzz_one_input(const uint8_t* data, size_t size);
int rtp_fuzz_one_input(const uint8_t* data, size_t size);
int sdp_fuzz_one_input(const uint8_t* data, size_t size);
int capture_fuzz_one_input(const uint8_t* data, size_t size);
}

namespace {

using namespace gsp::rt;

std::string number(uint64_t value, int bytes, bool big) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * (big ? bytes - 1 - i : i));
    return out;
}

TEST(MediaFile, AsARing) {
    EXPECT_EQ(with_its_beginning("abc").substr(0, 8), "abcabcab");
    EXPECT_EQ(with_its_beginning("abc").size(), 3 + kLongestRtpPayload);
    EXPECT_EQ(with_its_beginning(""), "");
}

TEST(WavFile, OnlyTheDataCountsAndNothingIsDecoded) {
    const std::string format =
        "fmt " + number(3, 4, false) + "abc" + std::string(1, '\0');  // odd: one byte is filled up
    const std::string wav =
        "RIFF" + number(99, 4, false) + "WAVE" + format + "data" + number(4, 4, false) + "\1\2\3\4tail";
    EXPECT_EQ(*media_bytes(wav), "\1\2\3\4");
    EXPECT_EQ(*media_bytes("RIFF is no header"), "RIFF is no header");
    EXPECT_FALSE(media_bytes("RIFF" + number(4, 4, false) + "WAVE"));
    EXPECT_FALSE(media_bytes("RIFF" + number(4, 4, false) + "WAVEfmt " + number(0xffffffff, 4, false)));
}

TEST(WavFile, WhatLiesOrIsCutOffIsTold) {
    const auto wav = [](uint64_t channels, uint64_t rate, uint64_t said) {
        const std::string format = number(1, 2, false) + number(channels, 2, false) + number(rate, 4, false) +
                                   number(16000, 4, false) + number(2, 2, false) + number(16, 2, false);
        return "RIFF" + number(99, 4, false) + "WAVEfmt " + number(16, 4, false) + format + "data" +
               number(said, 4, false) + "abcd";
    };
    EXPECT_EQ(*media_bytes(wav(1, 8000, 4)), "abcd");
    EXPECT_EQ(media_bytes(wav(1, 8000, 6)).error().text,
              "a WAV file that says that it has 6 bytes of sound, but 4 are there");
    EXPECT_EQ(*media_bytes(wav(1, 8000, 0xffffffff)), "abcd");  // written into a pipe
    EXPECT_EQ(media_bytes(wav(0, 8000, 4)).error().text, "a WAV file of 0 channels and 8000 samples a second");
    EXPECT_EQ(media_bytes(wav(1, 0, 4)).error().text, "a WAV file of 1 channels and 0 samples a second");
}

std::string udp(uint16_t port, const std::string& payload) {
    return number(4000, 2, true) + number(port, 2, true) + number(8 + payload.size(), 2, true) + number(0, 2, true) +
           payload;
}
std::string ipv4(const std::string& datagram, uint16_t fragment = 0, uint8_t protocol = 17) {
    return "\x45" + std::string(1, '\0') + number(20 + datagram.size(), 2, true) + number(0, 2, true) +
           number(fragment, 2, true) + "\x40" + number(protocol, 1, true) + std::string(10, '\0') + datagram;
}
std::string ethernet(const std::string& packet, const std::string& tags = {}) {
    return std::string(12, 'm') + tags + number(0x0800, 2, true) + packet;
}

TEST(LinkLayers, TheUdpPacketIsFoundInEach) {
    const std::string ip = ipv4(udp(5000, "rtp"));
    const std::string vlan = number(0x8100, 2, true) + number(7, 2, true);
    const std::string snap = "\xaa\xaa\x03" + std::string(3, '\0') + number(0x0800, 2, true);
    const std::string v6 = "\x60" + std::string(3, '\0') + number(11, 2, true) + number(17, 1, true) +
                           std::string(33, '\0') + udp(5000, "rtp");
    const std::pair<uint32_t, std::string> frames[] = {
        {1, ethernet(ip) + "padding"},                               // Ethernet
        {1, ethernet(ip, vlan)},                                     // … with a tag
        {1, ethernet(ip, vlan + vlan)},                              // … with two
        {101, ip},                                                   // raw
        {101, v6},                                                   // … IPv6
        {0, "\2" + std::string(3, '\0') + ip},                       // loopback
        {113, std::string(14, 's') + number(0x0800, 2, true) + ip},  // Linux cooked
        {276, number(0x0800, 2, true) + std::string(18, 's') + ip},  // … version 2
        {105, "\x08" + std::string(23, '\1') + snap + ip},           // 802.11
        {105, "\x88" + std::string(25, '\1') + snap + ip}};          // … with QoS
    for (const auto& [type, frame] : frames) {
        const auto found = udp_of_frame(frame, type);
        ASSERT_TRUE(found) << type;
        EXPECT_EQ(found->destination_port, 5000);
        EXPECT_EQ(found->payload, "rtp") << type;
        for (size_t cut = 0; cut < frame.size(); ++cut) udp_of_frame(std::string_view(frame).substr(0, cut), type);
    }
    EXPECT_FALSE(udp_of_frame(ethernet(ipv4(udp(1, "x"), 0x2000)), 1));  // a fragment
    EXPECT_FALSE(udp_of_frame(ethernet(ipv4(udp(1, "x"), 0, 6)), 1));    // TCP
    EXPECT_FALSE(udp_of_frame(ip, 147));                                 // no type that is known
}

std::string pcap(bool big, uint64_t magic, const std::vector<std::pair<uint64_t, std::string>>& frames) {
    std::string out = number(magic, 4, big) + std::string(16, '\0') + number(1, 4, big);
    for (const auto& [time, frame] : frames)
        out += number(time / 1000, 4, big) + number(time % 1000 * (magic == 0xa1b23c4d ? 1'000'000 : 1000), 4, big) +
               number(frame.size(), 4, big) + number(frame.size(), 4, big) + frame;
    return out;
}

TEST(CaptureFile, TimesPortsAndPayloadsAreKept) {
    const std::vector<std::pair<uint64_t, std::string>> frames = {{70'000, ethernet(ipv4(udp(5002, "one")))},
                                                                  {70'005, ethernet(ipv4("", 0, 6))},
                                                                  {70'020, ethernet(ipv4(udp(5000, "two")))},
                                                                  {71'000, ethernet(ipv4(udp(5002, "three")))}};
    for (const bool big : {false, true}) {
        for (const uint64_t magic : {0xa1b2c3d4, 0xa1b23c4d}) {
            auto capture = parse_capture(pcap(big, magic, frames));
            ASSERT_TRUE(capture) << capture.error().text;
            ASSERT_EQ(capture->packets.size(), 3u);
            const auto& p = capture->packets;
            EXPECT_EQ(p[0].at_ns, 0u);
            EXPECT_EQ(p[1].at_ns, 20 * kMillisecond);
            EXPECT_EQ(p[2].at_ns, kSecond);
            EXPECT_EQ(capture->payload(p[2]), "three");
            EXPECT_EQ(capture->ports, (std::vector<uint16_t>{2, 0}));
            EXPECT_EQ(p[0].port, 0);
            EXPECT_EQ(p[1].port, 1);
        }
    }
    const std::string whole = pcap(false, 0xa1b2c3d4, frames);
    const auto error_of_first = [&](size_t bytes) {
        return parse_capture(std::string_view(whole).substr(0, bytes)).error().text;
    };
    EXPECT_EQ(error_of_first(whole.size() - 3), "packet 4 of the capture says that it has 47 bytes, but 44 are there");
    EXPECT_EQ(error_of_first(30), "packet 1 of the capture is cut off");
    EXPECT_EQ(error_of_first(20), "the capture ends within its header");
    std::string lies = whole;
    lies[24 + 8 + 3] = '\x7f';  // a length of 2 GB
    EXPECT_EQ(parse_capture(lies).error().text, "packet 1 of the capture says that it has 2130706477 bytes, but " +
                                                    std::to_string(lies.size() - 40) + " are there");
    lies = whole;
    lies[24 + 12] = 100;  // more than was captured
    EXPECT_EQ(parse_capture(lies).error().text,
              "packet 1 of the capture has 45 of its 100 bytes: it was captured with a limit");
    EXPECT_EQ(parse_capture("text").error().text, "neither pcap nor pcapng");
    EXPECT_EQ(parse_capture(pcap(false, 0xa1b2c3d4, {})).error().text, "the capture has no UDP packet");
    std::string foreign = whole;
    foreign[20] = '\x0a';  // FDDI
    EXPECT_EQ(parse_capture(foreign).error().text, "frames of link type 10 cannot be read");
}

std::string block(uint32_t type, const std::string& body, bool big) {
    return number(type, 4, big) + number(body.size() + 12, 4, big) + body + number(body.size() + 12, 4, big);
}

TEST(CaptureFile, Pcapng) {
    for (const bool big : {false, true}) {
        const auto packet = [&](uint64_t time, const std::string& frame) {
            std::string padded = frame;
            padded.resize((frame.size() + 3) / 4 * 4);
            return block(6,
                         number(0, 4, big) + number(time >> 32, 4, big) + number(time & 0xffffffff, 4, big) +
                             number(frame.size(), 4, big) + number(frame.size(), 4, big) + padded,
                         big);
        };
        const std::string resolution =
            number(9, 2, big) + number(1, 2, big) + "\x09" + std::string(3, '\0') + number(0, 4, big);
        const std::string file = block(0x0a0d0d0a, number(0x1a2b3c4d, 4, big) + std::string(12, '\0'), big) +
                                 block(1, number(1, 2, big) + number(0, 2, big) + number(0, 4, big) + resolution, big) +
                                 packet(5 * kSecond, ethernet(ipv4(udp(9, "a")))) +
                                 packet(5 * kSecond + 1234, ethernet(ipv4(udp(9, "bc"))));
        auto capture = parse_capture(file);
        ASSERT_TRUE(capture) << capture.error().text;
        ASSERT_EQ(capture->packets.size(), 2u);
        EXPECT_EQ(capture->packets[1].at_ns, 1234u);
        EXPECT_EQ(capture->payload(capture->packets[1]), "bc");
        const auto error_of = [](const std::string& bytes) { return parse_capture(bytes).error().text; };
        const size_t first = file.size() - 2 * 76, last = file.size() - 76;
        EXPECT_EQ(error_of(file.substr(0, file.size() - 4)),
                  "the block at byte " + std::to_string(last) +
                      " of the capture says that it has 76 bytes, but 72 are there");
        EXPECT_EQ(error_of(file.substr(0, last + 8)),
                  "the block at byte " + std::to_string(last) + " of the capture is cut off");
        std::string lies = file;
        lies.replace(last + 4, 4, number(0, 4, big));
        EXPECT_EQ(error_of(lies), "the block at byte " + std::to_string(last) +
                                      " of the capture says that it has 0 bytes, but 76 are there");
        lies = file;
        lies.replace(first + 8, 4, number(3, 4, big));
        EXPECT_EQ(error_of(lies), "packet 1 of the capture is of interface 3, which the capture does not describe");
        lies = file;
        lies.replace(last + 20, 4, number(500, 4, big));
        EXPECT_EQ(error_of(lies), "packet 2 of the capture says that it has 500 bytes, but 44 are there");
        lies = file;
        lies.replace(last + 24, 4, number(500, 4, big));
        EXPECT_EQ(error_of(lies), "packet 2 of the capture has 44 of its 500 bytes: it was captured with a limit");
    }
}

std::string error_of_request(const char* value) {
    return parse_stream_request(value, 8).error().text;
}

TEST(StreamRequest, Forms) {
    auto file = parse_stream_request("a b.wav", 0);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->file, "a b.wav");
    EXPECT_EQ(file->loops, 1u);
    EXPECT_EQ(file->format.type, 0);
    EXPECT_EQ(parse_stream_request("x,-1, 18", 8)->loops, 0u);
    EXPECT_EQ(parse_stream_request("x,3,18,G729/8000", 8)->format.bytes, 20);
    EXPECT_EQ(parse_stream_request("x,,0,pcmu/8000", 8)->format.ms, 20);
    EXPECT_EQ(parse_stream_request("x,1,98,iLBC/8000", 8)->format.ms, 30);
    EXPECT_EQ(parse_stream_request("x,1,99,H264/90000", 8)->kind, MediaKind::Video);
    auto pattern = parse_stream_request("vpattern,3,8", 8);
    EXPECT_EQ(pattern->kind, MediaKind::Video);
    EXPECT_EQ(pattern->pattern_byte, 0xcc);
    EXPECT_EQ(pattern->loops, 0u);
    EXPECT_EQ(parse_stream_request("pause", 8)->what, StreamRequest::What::Pause);
    auto resumed = parse_stream_request("resumevpattern", 8);
    EXPECT_EQ(resumed->what, StreamRequest::What::Resume);
    EXPECT_EQ(resumed->source, StreamRequest::Source::Pattern);
    EXPECT_EQ(error_of_request(""), "rtp_stream=\"\": there is no file name");
    EXPECT_EQ(error_of_request("x,-2"), "rtp_stream=\"x,-2\": the number of loops is not -1, 1, 2 …");
    EXPECT_EQ(error_of_request("apattern,7"), "rtp_stream=\"apattern,7\": patterns are numbered 1 to 6");
    EXPECT_EQ(error_of_request("x,1,98"), "rtp_stream=\"x,1,98\": no payload type 98 without a name");
    EXPECT_EQ(error_of_request("x,1,0,opus"), "rtp_stream=\"x,1,0,opus\": no payload type 0 with the name `opus`");
    EXPECT_EQ(error_of_request("x,1,y"), "rtp_stream=\"x,1,y\": no payload type of that kind without a name");
}

TEST(StreamRequest, ParametersByName) {
    auto file = parse_stream_request("x.wav, pt=0, loop=-1", 8);
    ASSERT_TRUE(file) << file.error().text;
    EXPECT_EQ(file->loops, 0u);
    EXPECT_EQ(file->format.type, 0);
    EXPECT_EQ(parse_stream_request("x,loop=0", 8)->loops, 1u);
    EXPECT_EQ(parse_stream_request("x,2,codec=PCMA/8000", 0)->format.type, 8);  // the codec's own type
    EXPECT_EQ(parse_stream_request("x,codec=opus/48000/2", 8)->format.type, 111);
    DynamicTypes types = no_dynamic_types();
    types[107 - kFirstDynamicType] = codec_of_name("opus/48000/2");
    EXPECT_EQ(parse_stream_request("x,codec=OPUS/48000/2", 8, types)->format.type, 107);  // that of the SDP
    EXPECT_EQ(parse_stream_request("x,freq_ms=30,dur_ms=100", 8)->format.bytes, 240);
    EXPECT_EQ(parse_stream_request("x,freq_ms=30,dur_ms=100", 8)->packets, 4u);

    auto tone = parse_stream_request("synthetic,-1,111,opus/48000/2,40,1000,2", 8);
    ASSERT_TRUE(tone) << tone.error().text;
    EXPECT_EQ(tone->source, StreamRequest::Source::Tone);
    EXPECT_EQ(tone->format.bytes, 320);
    EXPECT_EQ(tone->format.ticks, 1920);
    EXPECT_EQ(tone->format.channels, 2);
    EXPECT_EQ(tone->packets, 25u);
    EXPECT_EQ(parse_stream_request("synthetic", 8)->format.type, 0);
    EXPECT_EQ(parse_stream_request("stop", 8)->what, StreamRequest::What::Stop);
    EXPECT_EQ(parse_stream_request("echo", 8)->what, StreamRequest::What::Echo);

    const std::pair<const char*, const char*> wrong[] = {
        {"x,speed=2", "there is no `speed=`"},
        {"x,1,0,PCMU/8000,20,0,1,2", "too many parameters"},
        {"x,freq_ms=0", "PCMA/8000 has no packets of `0` ms"},
        {"x,freq_ms=200", "PCMA/8000 has no packets of `200` ms"},
        {"x,1,18,freq_ms=40", "G729/8000 has no packets of `40` ms"},
        {"x,codec=opus/48000/2,freq_ms=30", "opus/48000/2 has no packets of `30` ms"},
        {"x,channels=2", "PCMA/8000 does not have `2` channels"},
        {"x,dur_ms=-1", "`-1` is no time in ms"}};
    for (const auto& [value, why] : wrong)
        EXPECT_EQ(error_of_request(value), "rtp_stream=\"" + std::string(value) + "\": " + why);
}

TEST(StreamRequest, Microphones) {
    const auto device = [](const char* value) { return std::string(parse_stream_request(value, 8)->file); };
    EXPECT_EQ(parse_stream_request("mic", 8)->source, StreamRequest::Source::Microphone);
    EXPECT_EQ(parse_stream_request("mic", 8)->format.type, 0);
    EXPECT_EQ(device("mic"), "");
    EXPECT_EQ(device("mic, plughw:1,0"), "plughw:1,0");
    EXPECT_EQ(device("mic,plughw:CARD=PCH,DEV=0,pt=8"), "plughw:CARD=PCH,DEV=0");
    EXPECT_EQ(parse_stream_request("mic,plughw:CARD=PCH,DEV=0,pt=8", 0)->format.type, 8);
    EXPECT_EQ(device("mic,pt=8"), "");
    EXPECT_EQ(error_of_request("mic,codec=G722/8000"),
              "rtp_stream=\"mic,codec=G722/8000\": a microphone speaks PCMU or PCMA");
}

TEST(Dtmf, FillersEventsAndEnds) {
    uint16_t sequence = kFirstDtmfSequence;
    auto made = make_dtmf("1#,60", 0x01020304, sequence);
    ASSERT_TRUE(made) << made.error().text;
    ASSERT_EQ(made->packets.size(), 20u + 2 * (3 + 3));
    EXPECT_EQ(sequence, kFirstDtmfSequence + 32);
    const auto at = [&](size_t i) { return made->payload(made->packets[i]); };
    EXPECT_EQ(at(0).substr(0, 12), std::string("\x80\x61\x04\xb0\0\0\x5d\xc0\1\2\3\4", 12));
    EXPECT_EQ(made->packets[19].at_ns, 380 * kMillisecond);
    EXPECT_EQ(at(20), std::string("\x80\xe0\x04\xc4\0\0\x6d\x60\1\2\3\4\x01\x0a\0\0", 16));  // marker, digit 1 begins
    EXPECT_EQ(at(23).substr(12), std::string("\x01\x8a\x01\xe0", 4));                        // its end: 60 ms
    EXPECT_EQ(made->packets[23].at_ns, 560 * kMillisecond);
    EXPECT_EQ(at(26).substr(1, 1), "\xe0");  // the next digit, after as much silence
    EXPECT_EQ(at(26)[12], 11);
    EXPECT_EQ(made->packets[26].at_ns, 620 * kMillisecond);
    for (const char* wrong : {"", "12E", "1,49", "1,2001", "1,x", ",100"})
        EXPECT_FALSE(make_dtmf(wrong, 1, sequence)) << wrong;
}

TEST(MediaReaders, CorporaOfTheFuzzers) {
    using Target = int (*)(const uint8_t*, size_t);
    const std::pair<const char*, Target> targets[] = {{GSP_MEDIA_CORPUS, media_fuzz_one_input},
                                                      {GSP_RTP_CORPUS, rtp_fuzz_one_input},
                                                      {GSP_SDP_CORPUS, sdp_fuzz_one_input},
                                                      {GSP_CAPTURE_CORPUS, capture_fuzz_one_input}};
    for (const auto& [corpus, target] : targets)
        for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string bytes(std::istreambuf_iterator<char>(in), {});
            EXPECT_EQ(target(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()), 0);
        }
}

}  // namespace
