// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/rtcp.h"

#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/media/bytes.h"

namespace gsp::rt {

namespace {

constexpr size_t kBlockWords = 6, kSenderWords = 5, kWord = 4;
constexpr uint8_t kVersion = 2;

}  // namespace

uint64_t ntp_of(uint64_t unix_ns) {
    constexpr uint64_t kFrom1900To1970 = 2'208'988'800;
    const uint64_t seconds = unix_ns / kSecond + kFrom1900To1970, fraction = (unix_ns % kSecond << 32) / kSecond;
    return seconds << 32 | fraction;
}

// ---- writing --------------------

void RtcpWriter::put(uint64_t value, size_t bytes) {
    for (size_t i = bytes; i-- > 0;) bytes_[size_++] = static_cast<char>(value >> 8 * i);
}

void RtcpWriter::begin(uint8_t type, size_t count, size_t words) {
    put(uint64_t{kVersion} << 6 | count, 1);
    put(type, 1);
    put(words, 2);
}

void RtcpWriter::put(std::span<const RtcpBlock> blocks) {
    for (const RtcpBlock& b : blocks) {
        put(b.ssrc, 4);
        put(b.fraction_lost, 1);
        put(static_cast<uint32_t>(b.lost) & 0xffffff, 3);
        for (const uint32_t value : {b.highest, b.jitter, b.last_sr, b.since_last_sr}) put(value, 4);
    }
}

void RtcpWriter::sender_report(uint32_t ssrc, const RtcpSenderInfo& info, std::span<const RtcpBlock> blocks) {
    const size_t words = 1 + kSenderWords + kBlockWords * blocks.size();
    if (size_ + (1 + words) * kWord > bytes_.size()) return;
    begin(kRtcpSr, blocks.size(), words);
    put(ssrc, 4);
    put(info.ntp, 8);
    for (const uint32_t value : {info.timestamp, info.packets, info.octets}) put(value, 4);
    put(blocks);
}

void RtcpWriter::receiver_report(uint32_t ssrc, std::span<const RtcpBlock> blocks) {
    const size_t words = 1 + kBlockWords * blocks.size();
    if (size_ + (1 + words) * kWord > bytes_.size()) return;
    begin(kRtcpRr, blocks.size(), words);
    put(ssrc, 4);
    put(blocks);
}

// One chunk, one item, ended and filled up with zeros.
void RtcpWriter::cname(uint32_t ssrc, std::string_view name) {
    constexpr uint8_t kCname = 1;
    constexpr size_t kLongest = 255;
    name = name.substr(0, kLongest);
    const size_t item_words = (2 + name.size() + 1 + kWord - 1) / kWord, words = 1 + item_words;
    if (size_ + (1 + words) * kWord > bytes_.size()) return;
    begin(kRtcpSdes, 1, words);
    put(ssrc, 4);
    const size_t end = size_ + item_words * kWord;
    put(kCname, 1);
    put(name.size(), 1);
    std::copy(name.begin(), name.end(), bytes_.begin() + static_cast<ptrdiff_t>(size_));
    size_ = end;
}

void RtcpWriter::bye(uint32_t ssrc) {
    if (size_ + 2 * kWord > bytes_.size()) return;
    begin(kRtcpBye, 1, 1);
    put(ssrc, 4);
}

size_t RtcpWriter::begin_xr(uint32_t ssrc) {
    constexpr uint8_t kXr = 207;
    const size_t at = size_;
    if (!has_room(2 * kWord)) return at;
    begin(kXr, 0, 1);
    put(ssrc, 4);
    return at;
}

bool RtcpWriter::end_xr(size_t begin) {
    const size_t end = size_, size = end - begin;
    if (size <= 2 * kWord) {  // no block
        size_ = begin;
        return false;
    }
    size_ = begin + 2;
    put(size / kWord - 1, 2);
    size_ = end;
    return true;
}

// ---- reading --------------------

std::optional<RtcpPacketView> take_rtcp(std::string_view& compound) {
    const auto first = static_cast<uint8_t>(number_at(compound, 0, 1));
    const size_t size = (1 + number_at(compound, 2, 2)) * kWord;
    if (compound.size() < kWord || first >> 6 != kVersion || size > compound.size()) return {};
    RtcpPacketView view{static_cast<uint8_t>(number_at(compound, 1, 1)), static_cast<uint8_t>(first & 0x1f),
                        compound.substr(kWord, size - kWord)};
    compound.remove_prefix(size);
    return view;
}

std::optional<uint32_t> RtcpPacketView::ssrc() const {
    if (body.size() < kWord) return {};
    return static_cast<uint32_t>(number_at(body, 0, 4));
}

std::optional<RtcpSenderInfo> RtcpPacketView::sender_info() const {
    if (type != kRtcpSr || body.size() < (1 + kSenderWords) * kWord) return {};
    const auto word = [&](size_t i) { return static_cast<uint32_t>(number_at(body, i * kWord, 4)); };
    return RtcpSenderInfo{number_at(body, kWord, 8), word(3), word(4), word(5)};
}

std::optional<RtcpBlock> RtcpPacketView::block(uint32_t i) const {
    if ((type != kRtcpSr && type != kRtcpRr) || i >= count) return {};
    const size_t begin = (1 + (type == kRtcpSr ? kSenderWords : 0) + i * kBlockWords) * kWord;
    if (body.size() < begin + kBlockWords * kWord) return {};
    const auto word = [&](size_t n) { return static_cast<uint32_t>(number_at(body, begin + n * kWord, 4)); };
    const auto lost = static_cast<int32_t>(word(1) << 8) >> 8;  // 24 bits with sign
    return RtcpBlock{word(0), static_cast<uint8_t>(word(1) >> 24), lost, word(2), word(3), word(4), word(5)};
}

std::optional<uint64_t> round_trip_ns(const RtcpBlock& block, uint64_t now_ntp) {
    constexpr uint32_t kLongest = 60u << 16;  // seconds: more than that is a mistake
    if (block.last_sr == 0) return {};
    const uint32_t took = middle_of(now_ntp) - block.last_sr - block.since_last_sr;
    if (took > kLongest) return {};
    return uint64_t{took} * kSecond >> 16;
}

}  // namespace gsp::rt
