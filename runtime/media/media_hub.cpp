// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/media_hub.h"

#include <unistd.h>

#include <utility>

namespace gsp::rt {

namespace {

uint64_t as_number(MediaHub::Owner owner) {
    return uint64_t{owner.lane} << 32 | owner.stream;
}

}  // namespace

MediaHub::Socket MediaHub::socket(uint16_t port, const std::function<RtpSocket()>& open) {
    const std::lock_guard guard(lock_);
    if (const auto known = sockets_.find(port); known != sockets_.end()) return {known->second.fd(), false};
    RtpSocket opened = open();
    if (opened.fd() < 0) return {};
    return {sockets_.emplace(port, std::move(opened)).first->second.fd(), true};
}

int MediaHub::adopt(RtpSocket&& socket) {
    const std::lock_guard guard(lock_);
    const uint16_t port = socket.port();
    return sockets_.insert_or_assign(port, std::move(socket)).first->second.fd();
}

void MediaHub::add(const Address& source, Owner owner) {
    const std::lock_guard guard(lock_);
    sources_.add(source, as_number(owner));
}

void MediaHub::remove(const Address& source, Owner owner) {
    const std::lock_guard guard(lock_);
    sources_.remove(source, as_number(owner));
}

std::optional<MediaHub::Owner> MediaHub::find(const Address& source) {
    const std::lock_guard guard(lock_);
    const uint64_t number = sources_.find(source);
    if (number == SourceMap::kNone) return {};
    return Owner{static_cast<Lane>(number >> 32), static_cast<uint32_t>(number)};
}

void MediaHub::join(Lane lane, int waker) {
    const std::lock_guard guard(lock_);
    inboxes_[lane].waker = waker;
}

void MediaHub::leave(Lane lane) {
    const std::lock_guard guard(lock_);
    inboxes_.erase(lane);
}

void MediaHub::hand_over(Lane lane, const RtpArrival& arrival) {
    const std::lock_guard guard(lock_);
    const auto inbox = inboxes_.find(lane);
    if (inbox == inboxes_.end()) return;
    inbox->second.datagrams.push_back({std::string(arrival.datagram), *arrival.from, arrival.at_ns, arrival.socket});
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(inbox->second.waker, &one, sizeof one);  // full means: it is awake
}

std::vector<MediaHub::Datagram> MediaHub::take(Lane lane) {
    const std::lock_guard guard(lock_);
    return std::exchange(inboxes_[lane].datagrams, {});
}

}  // namespace gsp::rt
