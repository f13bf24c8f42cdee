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
    // `whole`: the length of the frame, of which `bytes` were captured.
    Result<void> frame(uint64_t time_ns, std::string_view bytes, uint64_t whole, uint32_t link_type) {
        ++frames_;
        link_type_ = link_type;
        const std::optional<UdpPacket> packet = udp_of_frame(bytes, link_type);
        if (!packet) return {};
        if (whole > bytes.size())
            return fault("has " + std::to_string(bytes.size()) + " of its " + std::to_string(whole) +
                         " bytes: it was captured with a limit");
        if (times_.empty()) first_ns_ = time_ns;
        // A capture from several interfaces may go back a little.
        times_.push_back(std::max(time_ns > first_ns_ ? time_ns - first_ns_ : 0, times_.empty() ? 0 : times_.back()));
        ports_.push_back(packet->destination_port);
        capture_.add(times_.back(), packet->payload);
        return {};
    }
    // What is wrong with the packet that comes next, or has come last.
    Error next_fault(const std::string& what) const { return about(frames_ + 1, what); }
    Result<Capture> take() {
        if (ports_.empty() && frames_ && !is_known_link_type(link_type_))
            return Error{"frames of link type " + std::to_string(link_type_) + " cannot be read"};
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
    static Error about(uint64_t number, const std::string& what) {
        return Error{"packet " + std::to_string(number) + " of the capture " + what};
    }
    Error fault(const std::string& what) const { return about(frames_, what); }

    uint64_t frames_ = 0;
    uint32_t link_type_ = 0;  // of the last one
    Capture capture_;
    std::vector<uint64_t> times_;
    std::vector<uint16_t> ports_;  // of each packet
    uint64_t first_ns_ = 0;
};

std::string of_so_many(uint64_t said, size_t there) {
    return "says that it has " + std::to_string(said) + " bytes, but " + std::to_string(there) + " are there";
}

Result<void> read_pcap(std::string_view file, bool big, Collector& out) {
    constexpr size_t kFileHeader = 24, kRecordHeader = 16;
    const uint64_t unit = number_at(file, 0, 4, big) == kNanoseconds ? 1 : 1000;
    const auto link_type = static_cast<uint32_t>(number_at(file, 20, 4, big) & 0xffff);
    if (file.size() < kFileHeader) return Error{"the capture ends within its header"};
    for (size_t at = kFileHeader; at < file.size();) {
        if (file.size() - at < kRecordHeader) return out.next_fault("is cut off");
        const uint64_t seconds = number_at(file, at, 4, big), part = number_at(file, at + 4, 4, big),
                       len = number_at(file, at + 8, 4, big), whole = number_at(file, at + 12, 4, big);
        at += kRecordHeader;
        if (len > file.size() - at) return out.next_fault(of_so_many(len, file.size() - at));
        const std::string_view bytes = file.substr(at, len);
        if (auto taken = out.frame(seconds * kSecond + part * unit, bytes, whole, link_type); !taken) return taken;
        at += len;
    }
    return {};
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

// An enhanced packet block.
Result<void> read_packet(std::string_view block, bool big, const std::vector<Interface>& interfaces, Collector& out) {
    constexpr size_t kPacketHeader = 20;
    if (block.size() < kPacketHeader) return out.next_fault("is cut off");
    const uint64_t which = number_at(block, 0, 4, big), captured = number_at(block, 12, 4, big),
                   whole = number_at(block, 16, 4, big);
    const uint64_t time = number_at(block, 4, 4, big) << 32 | number_at(block, 8, 4, big);
    block.remove_prefix(kPacketHeader);
    if (captured > block.size()) return out.next_fault(of_so_many(captured, block.size()));
    if (which >= interfaces.size())
        return out.next_fault("is of interface " + std::to_string(which) + ", which the capture does not describe");
    const Interface& from = interfaces[which];
    return out.frame(to_ns(time, from.per_second), block.substr(0, captured), whole, from.link_type);
}

Result<void> read_pcapng(std::string_view file, Collector& out) {
    constexpr uint64_t kInterface = 1, kPacket = 6, kOrder = 0x1a2b3c4d;
    constexpr size_t kAround = 12;  // type, length, and the length again
    bool big = true;
    std::vector<Interface> interfaces;
    const auto block_fault = [](size_t at, const std::string& what) {
        return Error{"the block at byte " + std::to_string(at) + " of the capture " + what};
    };
    for (size_t at = 0; at < file.size();) {
        if (file.size() - at < kAround) return block_fault(at, "is cut off");
        const bool section = number_at(file, at, 4) == kSection;
        if (section) {
            big = number_at(file, at + 8, 4) == kOrder;
            interfaces.clear();
        }
        const uint64_t type = number_at(file, at, 4, big), len = number_at(file, at + 4, 4, big);
        if (len < kAround || len > file.size() - at) return block_fault(at, of_so_many(len, file.size() - at));
        const std::string_view block = file.substr(at + 8, len - kAround);
        if (!section && type == kInterface) interfaces.push_back(interface_of(block, big));
        if (!section && type == kPacket)
            if (auto taken = read_packet(block, big, interfaces, out); !taken) return taken;
        at += len;
    }
    return {};
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
    const Result<void> read =
        magic == kSection ? read_pcapng(file, collector) : read_pcap(file, is_pcap(magic), collector);
    if (!read) return read.error();
    return collector.take();
}

}  // namespace gsp::rt
