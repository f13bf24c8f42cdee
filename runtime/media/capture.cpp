// SPDX-License-Identifier: Apache-2.0
// The files: pcap (libpcap's savefile format) and pcapng (draft-ietf-opsawg-pcapng).
#include "runtime/media/capture.h"

#include <algorithm>
#include <limits>

#include "runtime/base/clock.h"
#include "runtime/media/bytes.h"

namespace gsp::rt {

namespace {

constexpr uint64_t kMicroseconds = 0xa1b2c3d4, kNanoseconds = 0xa1b23c4d, kSection = 0x0a0d0d0a;

// Takes frames in their order, keeps the datagrams.
class Collector {
public:
    void frame(uint64_t time_ns, std::string_view bytes, uint32_t link_type) {
        const std::optional<UdpPacket> packet = udp_of_frame(bytes, link_type);
        if (!packet) return;
        if (times_.empty()) first_ns_ = time_ns;
        // A capture from several interfaces may go back a little.
        times_.push_back(std::max(time_ns > first_ns_ ? time_ns - first_ns_ : 0, times_.empty() ? 0 : times_.back()));
        ports_.push_back(packet->destination_port);
        capture_.add(times_.back(), packet->payload);
    }
    Result<Capture> take() {
        if (ports_.empty()) return Error{"the capture has no UDP packet"};
        const uint16_t lowest = *std::min_element(ports_.begin(), ports_.end());
        capture_.ports.clear();
        for (size_t i = 0; i < ports_.size(); ++i) {
            const auto above = static_cast<uint16_t>(ports_[i] - lowest);
            const auto found = std::find(capture_.ports.begin(), capture_.ports.end(), above);
            capture_.packets[i].port = static_cast<uint16_t>(found - capture_.ports.begin());
            if (found == capture_.ports.end()) capture_.ports.push_back(above);
        }
        return std::move(capture_);
    }

private:
    Capture capture_;
    std::vector<uint64_t> times_;
    std::vector<uint16_t> ports_;  // of each packet
    uint64_t first_ns_ = 0;
};

void read_pcap(std::string_view file, bool big, Collector& out) {
    constexpr size_t kFileHeader = 24, kRecordHeader = 16;
    const uint64_t unit = number_at(file, 0, 4, big) == kNanoseconds ? 1 : 1000;
    const auto link_type = static_cast<uint32_t>(number_at(file, 20, 4, big) & 0xffff);
    for (size_t at = kFileHeader; at + kRecordHeader <= file.size();) {
        const uint64_t seconds = number_at(file, at, 4, big), part = number_at(file, at + 4, 4, big),
                       len = number_at(file, at + 8, 4, big);
        at += kRecordHeader;
        if (len > file.size() - at) return;
        out.frame(seconds * kSecond + part * unit, file.substr(at, len), link_type);
        at += len;
    }
}

struct Interface {
    uint32_t link_type;
    uint64_t per_second;  // units of its time stamps
};

Interface interface_of(std::string_view block, bool big) {
    constexpr uint64_t kEnd = 0, kResolution = 9;
    Interface found{static_cast<uint32_t>(number_at(block, 0, 2, big)), 1'000'000};
    for (size_t at = 8; at + 4 <= block.size();) {
        const uint64_t option = number_at(block, at, 2, big), len = number_at(block, at + 2, 2, big);
        if (option == kEnd) break;
        if (option == kResolution) {
            const uint64_t value = number_at(block, at + 4, 1), power = value & 0x7f;
            const uint64_t base = value & 0x80 ? 2 : 10;
            found.per_second = 1;
            for (uint64_t i = 0; i < power && found.per_second <= kSecond; ++i) found.per_second *= base;
        }
        at += 4 + (len + 3) / 4 * 4;
    }
    return found;
}

uint64_t to_ns(uint64_t time, uint64_t per_second) {
    const uint64_t seconds = time / per_second;
    if (seconds > std::numeric_limits<uint64_t>::max() / kSecond - 1) return 0;
    return seconds * kSecond + static_cast<uint64_t>(static_cast<double>(time % per_second) *
                                                     static_cast<double>(kSecond) / static_cast<double>(per_second));
}

void read_pcapng(std::string_view file, Collector& out) {
    constexpr uint64_t kInterface = 1, kPacket = 6, kOrder = 0x1a2b3c4d;
    constexpr size_t kAround = 12;  // type, length, and the length again
    bool big = true;
    std::vector<Interface> interfaces;
    for (size_t at = 0; at + kAround <= file.size();) {
        const bool section = number_at(file, at, 4) == kSection;
        if (section) {
            big = number_at(file, at + 8, 4) == kOrder;
            interfaces.clear();
        }
        const uint64_t type = number_at(file, at, 4, big), len = number_at(file, at + 4, 4, big);
        if (len < kAround || len > file.size() - at) return;
        const std::string_view block = file.substr(at + 8, len - kAround);
        if (!section && type == kInterface) interfaces.push_back(interface_of(block, big));
        if (!section && type == kPacket) {
            const uint64_t which = number_at(block, 0, 4, big), captured = number_at(block, 12, 4, big);
            const uint64_t time = number_at(block, 4, 4, big) << 32 | number_at(block, 8, 4, big);
            constexpr size_t kPacketHeader = 20;
            if (which < interfaces.size() && block.size() >= kPacketHeader)
                out.frame(to_ns(time, interfaces[which].per_second), block.substr(kPacketHeader, captured),
                          interfaces[which].link_type);
        }
        at += len;
    }
}

bool is_pcap(uint64_t magic) {
    return magic == kMicroseconds || magic == kNanoseconds;
}

}  // namespace

void Capture::add(uint64_t at_ns, std::string_view payload) {
    if (ports.empty()) ports.push_back(0);
    packets.push_back({at_ns, static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(payload.size()), 0});
    bytes.insert(bytes.end(), payload.begin(), payload.end());
}

bool looks_like_capture(std::string_view file) {
    const uint64_t magic = number_at(file, 0, 4), swapped = number_at(file, 0, 4, false);
    return magic == kSection || is_pcap(magic) || is_pcap(swapped);
}

Result<Capture> parse_capture(std::string_view file) {
    if (!looks_like_capture(file)) return Error{"neither pcap nor pcapng"};
    Collector collector;
    const uint64_t magic = number_at(file, 0, 4);
    if (magic == kSection)
        read_pcapng(file, collector);
    else
        read_pcap(file, is_pcap(magic), collector);
    return collector.take();
}

}  // namespace gsp::rt
