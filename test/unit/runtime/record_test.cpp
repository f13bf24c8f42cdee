// SPDX-License-Identifier: Apache-2.0
// Recordings of media: G.711, WAV files, packets that are kept, captures, and the thread that writes them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/media/bytes.h"
#include "runtime/media/capture.h"
#include "runtime/media/g711.h"
#include "runtime/media/packet_store.h"
#include "runtime/media/pcap_file.h"
#include "runtime/media/recorder.h"
#include "runtime/media/stream_request.h"
#include "runtime/media/wav_file.h"

namespace {

using namespace gsp::rt;

class Folder {
public:
    Folder() : path_(std::filesystem::temp_directory_path() / ("gsp_record_" + std::to_string(getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The samples of a channel of a file with 16 bits.
std::vector<int> samples(const std::string& wav, size_t channel) {
    const size_t channels = number_at(wav, 22, 2, false), bytes = number_at(wav, 40, 4, false);
    EXPECT_EQ(wav.size(), 44 + bytes);
    EXPECT_EQ(number_at(wav, 4, 4, false), wav.size() - 8);
    std::vector<int> out;
    for (size_t at = 44 + 2 * channel; at + 1 < wav.size(); at += 2 * channels)
        out.push_back(static_cast<int16_t>(number_at(wav, at, 2, false)));
    return out;
}

TEST(G711, ValuesOfTheRecommendation) {
    EXPECT_EQ(sample_of_pcmu(0xff), 0);
    EXPECT_EQ(sample_of_pcmu(0x7f), 0);
    EXPECT_EQ(sample_of_pcmu(0x80), 32124);  // 8031 steps of 14 bits
    EXPECT_EQ(sample_of_pcmu(0x00), -32124);
    EXPECT_EQ(sample_of_pcma(0xd5), 8);  // half a step
    EXPECT_EQ(sample_of_pcma(0x55), -8);
    EXPECT_EQ(sample_of_pcma(0xaa), 32256);  // 4032 steps of 13 bits
    EXPECT_EQ(sample_of_pcma(0x2a), -32256);
}

TEST(WavFile, SamplesInAnyOrderWithinTwoSecondsGapsAreSilence) {
    const Folder folder;
    const std::vector<int16_t> a(160, 100), b(160, -200);
    {
        auto file = WavFile::create(folder.file("a.wav"), 2);
        ASSERT_TRUE(file);
        file->put(0, 480, a);
        file->put(0, 160, b);  // later, but before
        file->put(1, 320, b);
        file->put(0, 100'000, a);  // 12.5 s
        file->put(0, 640, b);      // too late
        file->put(1, 99'000, a);
        EXPECT_TRUE(file->close());
    }
    const std::string wav = content(folder.file("a.wav"));
    EXPECT_EQ(wav.substr(0, 4) + wav.substr(8, 8) + wav.substr(36, 4), "RIFFWAVEfmt data");
    EXPECT_EQ(number_at(wav, 24, 4, false), 8000u);
    const std::vector<int> left = samples(wav, 0), right = samples(wav, 1);
    ASSERT_EQ(left.size(), 100'160u);
    for (const auto& [frame, value] : std::vector<std::pair<size_t, int>>{
             {0, 0}, {159, 0}, {160, -200}, {319, -200}, {320, 0}, {480, 100}, {639, 100}, {640, 0}, {100'000, 100}})
        EXPECT_EQ(left[frame], value) << frame;
    EXPECT_EQ(right[320], -200);
    EXPECT_EQ(right[99'000], 100);
    EXPECT_EQ(right[100'000], 0);
}

TEST(WavFile, ThatCannotBeMade) {
    auto file = WavFile::create("/nowhere/a.wav", 1);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().text, "cannot write '/nowhere/a.wav': No such file or directory");
}

StoredPacket packet(uint64_t at_ns, std::string_view head, std::string_view rest = {}) {
    return {at_ns, *resolve("127.0.0.1", 6000), *resolve("127.0.0.2", 7000), head, rest};
}

TEST(PacketStore, TheFirstOnesStayOfTheOthersTheLast) {
    PacketStore store(16384);
    EXPECT_TRUE(store.empty());
    constexpr uint64_t kPackets = 1000;
    for (uint64_t i = 0; i < kPackets; ++i)
        store.add(packet(i, std::string(12, 'h'), std::string(40 + i % 400, static_cast<char>(i))));
    std::vector<uint64_t> kept;
    store.each([&](const StoredPacket& p) {
        kept.push_back(p.at_ns);
        EXPECT_EQ(p.head, std::string(12, 'h') + std::string(40 + p.at_ns % 400, static_cast<char>(p.at_ns)));
        EXPECT_EQ(p.to.port, 7000);
    });
    EXPECT_EQ(kept.size() + store.left_out(), kPackets);
    EXPECT_EQ(kept.front(), 0u);
    EXPECT_EQ(kept.back(), kPackets - 1);
    const auto gap = std::adjacent_find(kept.begin(), kept.end(), [](uint64_t a, uint64_t b) { return b != a + 1; });
    ASSERT_NE(gap, kept.end());
    EXPECT_EQ(gap[1] - gap[0] - 1, store.left_out());
    EXPECT_GT(gap - kept.begin(), 25);
    EXPECT_EQ(std::adjacent_find(gap + 1, kept.end(), [](uint64_t a, uint64_t b) { return b != a + 1; }), kept.end());
    store.add(packet(1, std::string(20'000, 'x')));  // longer than all room
    EXPECT_EQ(kept.size() + store.left_out(), kPackets + 1);
    store.clear();
    EXPECT_TRUE(store.empty());
    store.add(packet(7, "again"));
    store.each([](const StoredPacket& p) { EXPECT_EQ(p.head, "again"); });
}

TEST(PcapFile, CanBeReadAndHasAddressesTimesAndChecksums) {
    PacketStore store(16384);
    store.add(packet(1'700'000'000'000'000'123, "odd"));
    StoredPacket six = packet(1'700'000'001'000'000'000, "even", "!!");
    six.from = *resolve("::1", 6000), six.to = *resolve("::1", 7002);
    store.add(six);
    const std::string file = pcap_of(store);
    auto read = parse_capture(file);
    ASSERT_TRUE(read) << read.error().text;
    ASSERT_EQ(read->packets.size(), 2u);
    EXPECT_EQ(read->payload(read->packets[0]), "odd");
    EXPECT_EQ(read->payload(read->packets[1]), "even!!");
    EXPECT_EQ(read->packets[1].at_ns, 999'999'877u);
    EXPECT_EQ(read->ports, (std::vector<uint16_t>{0, 2}));
    const std::string_view ip = std::string_view(file).substr(40);
    uint32_t sum = 0;
    for (size_t i = 0; i < 20; i += 2) sum += static_cast<uint32_t>(number_at(ip, i, 2));
    EXPECT_EQ((sum & 0xffff) + (sum >> 16), 0xffffu);  // RFC 791
    EXPECT_EQ(number_at(ip, 12, 4), 0x7f000001u);
    EXPECT_EQ(number_at(ip, 20, 2), 6000u);
}

RecordedAudio audio(RecordedAudio::Channel channel, uint32_t timestamp, uint64_t at_ms, std::string_view payload) {
    return {channel, RecordedAudio::Codec::Pcma, 7, timestamp, at_ms * 1'000'000, payload};
}

TEST(Recorder, PlacesByTimestampsLossesAreSilence) {
    const Folder folder;
    const std::string loud(160, '\xaa'), low(160, '\x2a');
    using Channel = RecordedAudio::Channel;
    Recorder recorder;
    EXPECT_TRUE(recorder.begin(1, folder.file("both.wav"), true));
    EXPECT_TRUE(recorder.begin(2, folder.file("one.wav"), false));
    EXPECT_TRUE(recorder.begin(3, folder.file("none.wav"), true));
    EXPECT_TRUE(recorder.audio(1, audio(Channel::Received, 5000, 1000, loud)));
    EXPECT_TRUE(recorder.audio(1, audio(Channel::Sent, 800, 1020, low)));        // at 160
    EXPECT_TRUE(recorder.audio(1, audio(Channel::Received, 5320, 1075, loud)));  // at 320: jitter does not count
    EXPECT_TRUE(recorder.audio(1, audio(Channel::Received, 5160, 1076, low)));   // at 160, out of order
    EXPECT_TRUE(recorder.audio(1, audio(Channel::Received, 5800, 1100, loud)));  // at 800: two are lost
    EXPECT_TRUE(recorder.audio(1, audio(Channel::Received, 4840, 1101, loud)));  // before the begin
    EXPECT_TRUE(
        recorder.audio(1, audio(Channel::Received, 900'000, 3000, low)));  // a new clock: at 16000, when it came
    EXPECT_TRUE(recorder.audio(2, audio(Channel::Received, UINT32_MAX - 79, 0, loud)));
    EXPECT_TRUE(recorder.audio(2, audio(Channel::Received, 80, 20, low)));  // timestamps go round
    EXPECT_TRUE(recorder.end(1));
    EXPECT_TRUE(recorder.end(2));
    EXPECT_TRUE(recorder.end(3));
    EXPECT_EQ(recorder.finish().files, 0u);
    const std::string both = content(folder.file("both.wav"));
    const std::vector<int> sent = samples(both, 0), received = samples(both, 1);
    ASSERT_EQ(received.size(), 16'160u);
    for (const auto& [frame, value] : std::vector<std::pair<size_t, int>>{{0, 32256},
                                                                          {159, 32256},
                                                                          {160, -32256},
                                                                          {320, 32256},
                                                                          {480, 0},
                                                                          {799, 0},
                                                                          {800, 32256},
                                                                          {960, 0},
                                                                          {16'000, -32256}})
        EXPECT_EQ(received[frame], value) << frame;
    EXPECT_EQ(sent[159], 0);
    EXPECT_EQ(sent[160], -32256);
    EXPECT_EQ(sent[320], 0);
    const std::vector<int> one = samples(content(folder.file("one.wav")), 0);
    ASSERT_EQ(one.size(), 320u);
    EXPECT_EQ(one[0], 32256);
    EXPECT_EQ(one[160], -32256);
    EXPECT_FALSE(std::filesystem::exists(folder.file("none.wav")));  // nothing was heard
}

// 10 ms of 1000 Hz at a tenth of the loudest, encoded by libspandsp.
TEST(Recorder, OfG722WhatIsBelow4Khz) {
    constexpr std::string_view kHex =
        "fa9b2e912395a0a0e0f1cac8ceddef6aefbbd6d195fef2ef72fc97d4d6bef3f0f27dd795d7ffb4f0"
        "f3fe5795d8ffb4eff4ffd795d8fef46ff5bfd796d8fff4eff5ffd7d699fff4f0f3ded796d8bff4f0";
    std::string tone;
    for (size_t i = 0; i < kHex.size(); i += 2)
        tone += static_cast<char>(std::stoi(std::string(kHex.substr(i, 2)), nullptr, 16));
    const Folder folder;
    Recorder recorder;
    EXPECT_TRUE(recorder.begin(1, folder.file("a.wav"), false));
    RecordedAudio packet = audio(RecordedAudio::Channel::Received, 0, 0, tone);
    packet.codec = RecordedAudio::Codec::G722;
    EXPECT_TRUE(recorder.audio(1, packet));
    recorder.finish();
    const std::vector<int> heard = samples(content(folder.file("a.wav")), 0);
    ASSERT_EQ(heard.size(), 80u);
    EXPECT_NEAR(*std::max_element(heard.begin() + 40, heard.end()), 3277, 400);
    EXPECT_NEAR(*std::min_element(heard.begin() + 40, heard.end()), -3277, 400);
    EXPECT_NEAR(heard[60], heard[68], 400);  // 8 samples later it is the same again
    EXPECT_NEAR(heard[60], -heard[64], 400);
}

TEST(Recorder, TellsWhatCannotBeWritten) {
    const Folder folder;
    auto store = std::make_unique<PacketStore>(16384);
    store->add(packet(1, "x"));
    Recorder recorder;
    EXPECT_TRUE(recorder.begin(1, "/nowhere/a.wav", false));
    EXPECT_TRUE(recorder.audio(1, audio(RecordedAudio::Channel::Received, 0, 0, "abc")));
    EXPECT_TRUE(recorder.audio(1, audio(RecordedAudio::Channel::Received, 3, 0, "abc")));  // told once
    EXPECT_TRUE(recorder.end(1));
    EXPECT_TRUE(recorder.save(std::move(store), "/nowhere/a.pcap"));
    const Recorder::Problems problems = recorder.finish();
    EXPECT_EQ(problems.files, 2u);
    EXPECT_EQ(problems.first, "cannot write '/nowhere/a.wav': No such file or directory");
}

// A pipe that nobody reads holds up the thread that writes, as a disk would.
TEST(Recorder, WhatFindsNoRoomIsRefused) {
    const Folder folder;
    const std::string pipe = folder.file("pipe"), payload(1000, 'x');
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    Recorder recorder;
    EXPECT_TRUE(recorder.begin(1, pipe, false));
    uint32_t taken = 0;
    while (recorder.audio(1, audio(RecordedAudio::Channel::Received, taken * 1000, taken * 125, payload))) ++taken;
    EXPECT_GT(taken, 7000u);
    EXPECT_LT(taken, 9000u);
    uint32_t saved = 0;
    while (recorder.save(std::make_unique<PacketStore>(1), folder.file(std::to_string(saved)))) ++saved;
    EXPECT_EQ(saved, 1024u);
    const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);  // lets the thread go on
    const Recorder::Problems problems = recorder.finish();
    close(reader);
    EXPECT_EQ(problems.files, 1u);
    EXPECT_EQ(problems.first, "cannot write a recording: Illegal seek");
    EXPECT_TRUE(std::filesystem::exists(folder.file("1023")));
}

TEST(RecordRequest, Forms) {
    const auto start = parse_record_request("start,a,b.wav,duplex"), mono = parse_record_request("start,x.wav"),
               stop = parse_record_request("stop");
    ASSERT_TRUE(start && mono && stop);
    EXPECT_TRUE(start->starts && start->duplex);
    EXPECT_EQ(start->file, "a,b.wav");
    EXPECT_TRUE(mono->starts && !mono->duplex);
    EXPECT_FALSE(stop->starts);
    for (const char* wrong : {"", "start", "start,", "start,,duplex", "begin,x", "stop,x"})
        EXPECT_FALSE(parse_record_request(wrong)) << wrong;
}

}  // namespace
