// SPDX-License-Identifier: Apache-2.0
#include "runtime/transport/udp_transport.h"

#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/transport/sockaddr.h"
#include "runtime/transport/udp_buffers.h"

namespace gsp::rt {

namespace {

constexpr uint32_t kSegments = 64;  // a segmented datagram; what every kernel with GSO takes
// Fewer leave one by one: little is gained by joining them, and a capture on this host, which is taken before the
// kernel cuts segments up, shows each message by itself as long as the rate is moderate.
constexpr uint32_t kWorthJoining = 4;
constexpr uint32_t kAsGiven[kWorthJoining] = {0, 1, 2, 3};
constexpr uint32_t kLargestDatagram = 65507;
constexpr uint32_t kWindow = 512;  // packets that are put in order together

}  // namespace

UdpTransport::UdpTransport(UdpSocket socket, const TransportConfig& config)
    : socket_(std::move(socket)),
      stamps_(config),
      gso_limit_(socket_.gso() ? kLargestDatagram : 0),
      tx_(kMessages),
      parts_(kWindow) {}

// ---- receiving --------------------

uint32_t UdpTransport::receive(std::span<RxPacket> out, uint64_t now_ns) {
    uint32_t count = 0;
    if (next_arrived_ == n_arrived_) {
        next_arrived_ = n_arrived_ = 0;
        read(static_cast<uint32_t>(std::min<size_t>(out.size(), kMessages)), now_ns);
    }
    while (count < out.size() && next_segment(out[count])) ++count;
    return count;
}

void UdpTransport::add(const char* data, uint32_t length, const sockaddr_storage& from, msghdr& header,
                       uint64_t now_ns) {
    if (n_arrived_ == 0) stamps_.look(now_ns);
    const DatagramControl control(header, stamps_, now_ns);
    arrived_[n_arrived_++] = {data, length, control.segment ? control.segment : length, control.arrival_ns,
                              from_native(from)};
    if (!control.tells_drops) return;
    drops_ += control.drops - last_drops_;
    last_drops_ = control.drops;
}

bool UdpTransport::next_segment(RxPacket& out) {
    if (next_arrived_ == n_arrived_) return false;
    Arrived& datagram = arrived_[next_arrived_];
    uint32_t length = std::min(datagram.left, datagram.segment);
    out = {datagram.data, length, datagram.arrival_ns, datagram.from};
    datagram.data += length;
    datagram.left -= length;
    if (datagram.left == 0) ++next_arrived_;
    return true;
}

// ---- sending --------------------

SendResult UdpTransport::send(std::span<TxPacket> batch) {
    SendResult result;
    while (result.sent < batch.size()) {
        std::span<TxPacket> window = batch.subspan(result.sent, std::min<size_t>(kWindow, batch.size() - result.sent));
        // Too few to be worth joining are not worth ordering either.
        std::span<const uint32_t> order =
            window.size() < kWorthJoining ? std::span(kAsGiven).first(window.size()) : order_.arrange(window);
        uint32_t sent = send_in_order(window, order, result);
        result.sent += sent;
        if (sent == window.size()) continue;
        rearranged_.clear();
        for (uint32_t position : order) rearranged_.push_back(window[position]);
        std::copy(rearranged_.begin(), rearranged_.end(), window.begin());
        break;
    }
    return result;
}

// Returns how many of the order were taken (or refused for good).
uint32_t UdpTransport::send_in_order(std::span<const TxPacket> batch, std::span<const uint32_t> order,
                                     SendResult& result) {
    uint32_t done = 0;
    while (done < order.size()) {
        uint32_t built = build(batch, order.subspan(done));
        for (uint32_t first = 0; first < built;) {
            const int n = write(&tx_headers_[first], built - first);
            if (n > 0) {
                for (uint32_t end = first + static_cast<uint32_t>(n); first < end; ++first) done += tx_[first].packets;
                if (first < built) socket_.take_refusals(refusals_);  // perhaps why the next one was not taken
                continue;
            }
            const int error = errno;
            if (error == EINTR) continue;
            if (error == EAGAIN || error == EWOULDBLOCK) return done;
            const TxPacket& packet = batch[order[done]];
            if (socket_.is_of_an_earlier(error, packet.to, refusals_)) continue;
            if (refuse_gso(error, tx_[first].packets, packet.len)) break;  // build the rest anew
            result.last_error = error;
            result.errors += tx_[first].packets;
            done += tx_[first].packets;
            ++first;
        }
    }
    return done;
}

// Whether the error may come from segmentation: then it is used less from now on. EIO: the device cannot do it; else
// segments of this length are too long for the path.
bool UdpTransport::refuse_gso(int error, uint32_t packets, uint32_t length) {
    if (packets < 2) return false;
    if (error == EINVAL || error == EMSGSIZE) {
        gso_limit_ = std::min(gso_limit_, length - 1);
        return true;
    }
    if (error == EIO || error == EOPNOTSUPP || error == ENOPROTOOPT) {
        gso_limit_ = 0;
        return true;
    }
    return false;
}

bool UdpTransport::may_join(const TxPacket& first, const TxPacket& next, uint32_t packets) const {
    return packets < kSegments && next.len > 0 && next.len <= first.len && first.len <= gso_limit_ &&
           first.len * packets + next.len <= kLargestDatagram && first.to == next.to &&
           first.to.family == local().family;
}

// How many packets from the front of the order can leave as one datagram; a shorter one is the last.
uint32_t UdpTransport::joinable(std::span<const TxPacket> batch, std::span<const uint32_t> order) const {
    const TxPacket& first = batch[order[0]];
    uint32_t packets = 1;
    while (packets < order.size() && batch[order[packets - 1]].len == first.len &&
           may_join(first, batch[order[packets]], packets))
        ++packets;
    return packets;
}

// Messages for one system call from the front of the order; returns how many.
uint32_t UdpTransport::build(std::span<const TxPacket> batch, std::span<const uint32_t> order) {
    uint32_t messages = 0;
    for (uint32_t at = 0; at < order.size() && messages < kMessages; ++messages) {
        iovec* parts = &parts_[at];
        uint32_t packets = joinable(batch, order.subspan(at));
        if (packets < kWorthJoining) packets = 1;
        for (uint32_t i = 0; i < packets; ++i) {
            const TxPacket& packet = batch[order[at + i]];
            parts[i] = {const_cast<char*>(packet.data), packet.len};
        }
        fill(messages, batch[order[at]], parts, packets);
        at += packets;
    }
    return messages;
}

void UdpTransport::fill(uint32_t slot, const TxPacket& first, iovec* parts, uint32_t packets) {
    TxSlot& tx = tx_[slot];
    tx.packets = packets;
    msghdr& header = tx_headers_[slot].msg_hdr;
    header.msg_name = &tx.to;
    header.msg_namelen = to_native(first.to, tx.to);
    header.msg_iov = parts;
    header.msg_iovlen = packets;
    header.msg_control = nullptr;
    header.msg_controllen = 0;
    if (packets < 2) return;
    header.msg_control = tx.control.data();
    header.msg_controllen = tx.control.size();
    cmsghdr* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    uint16_t segment = static_cast<uint16_t>(first.len);
    std::memcpy(CMSG_DATA(c), &segment, sizeof segment);
}

}  // namespace gsp::rt
