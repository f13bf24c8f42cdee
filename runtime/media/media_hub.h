// SPDX-License-Identifier: Apache-2.0
// What the media threads of a run have in common: sockets that are of no single call, whom a datagram is for that
// arrives there, and the way to the thread of that call. Any thread; what takes the lock happens when a stream begins
// or ends, and for each datagram at such a socket.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/media/rtp_network.h"
#include "runtime/media/rtp_socket.h"
#include "runtime/media/source_map.h"

namespace gsp::rt {

class MediaHub {
public:
    using Lane = uint32_t;  // a thread, by number

    // That of this port, which `open` opens if there is none yet; then `opened`, and the caller's to read from. It
    // stays the hub's. -1: it cannot be opened.
    struct Socket {
        int fd = -1;
        bool opened = false;
    };
    Socket socket(uint16_t port, const std::function<RtpSocket()>& open);
    int adopt(RtpSocket&&);  // as the one of its port; its descriptor

    // Which stream of which thread sends to this address, so that what comes from there is its; nothing: none, or
    // several.
    struct Owner {
        Lane lane;
        uint32_t stream;
    };
    void add(const Address& source, Owner);
    void remove(const Address& source, Owner);
    std::optional<Owner> find(const Address& source);

    // ---- Datagrams for the streams of another thread.
    struct Datagram {
        std::string bytes;
        sockaddr_storage from;
        uint64_t at_ns;
        int socket;
    };
    void join(Lane, int waker);  // an eventfd that is written to when there is something to take()
    void leave(Lane);
    void hand_over(Lane, const RtpArrival&);  // dropped if that thread has left
    std::vector<Datagram> take(Lane);

private:
    struct Inbox {
        int waker;
        std::vector<Datagram> datagrams;
    };
    std::mutex lock_;
    std::map<uint16_t, RtpSocket> sockets_;  // by the port that was asked for
    SourceMap sources_;
    std::unordered_map<Lane, Inbox> inboxes_;
};

}  // namespace gsp::rt
