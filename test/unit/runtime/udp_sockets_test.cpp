// SPDX-License-Identifier: Apache-2.0
// UDP with many sockets: what is particular to it (connections_test.cpp has the suite). Loopback only.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/transport/sockaddr.h"
#include "test/unit/runtime/connections.h"

namespace gsp::rt {
namespace {

// ---- UDP, a socket for each call --------------------

// Puts a TCP connection that takes nothing in the place of the socket that is bound to `local` (loopback UDP never runs
// out of room). Returns the connection's other end.
int fill(const Transport& transport, const Address& local, ConnId id) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0), sender = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_storage native{};
    socklen_t length = to_native(*resolve("127.0.0.1", 0), native);
    EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&native), length), 0);
    EXPECT_EQ(listen(listener, 1), 0);
    EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&native), &length), 0);
    EXPECT_EQ(connect(sender, reinterpret_cast<sockaddr*>(&native), length), 0);
    const int receiver = accept(listener, nullptr, nullptr);
    close(listener);
    const std::string filler(1 << 16, 'x');
    while (::send(sender, filler.data(), filler.size(), MSG_DONTWAIT) > 0) continue;
    int found = -1;
    for (int fd = 3; fd < 1024 && found < 0; ++fd) {
        length = sizeof native;
        if (getsockname(fd, reinterpret_cast<sockaddr*>(&native), &length) == 0 && from_native(native) == local)
            found = fd;
    }
    EXPECT_GE(dup2(sender, found), 0);
    close(sender);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = id;
    EXPECT_EQ(epoll_ctl(transport.fd(), EPOLL_CTL_ADD, found, &event), 0);
    return receiver;
}

class UdpOfCalls : public Connections {
protected:
    UdpOfCalls() : Connections(Protocol::Udp) { client_config_.sockets = Sockets::PerCall; }
};

TEST_F(UdpOfCalls, OneFullSocketDoesNotHoldUpTheOthers) {
    client_config_.local = *resolve("127.0.0.1", 0);
    start();
    const ConnId full = connect(), other = connect();
    const int receiver = fill(*client_, client_->local(full), full);
    const std::vector<std::string> texts = {"waits 1", "goes 1", "waits 2", "goes 2"};
    std::vector<TxPacket> batch;
    for (size_t i = 0; i < texts.size(); ++i)
        batch.push_back(
            {texts[i].data(), static_cast<uint32_t>(texts[i].size()), server_->local(), 0, i % 2 ? other : full});
    const SendResult result = client_->send(batch);
    EXPECT_EQ(result.sent, 4u);
    EXPECT_EQ(result.errors, 0u);
    EXPECT_EQ(result.congested, 2u);
    ASSERT_TRUE(arrive(2));
    EXPECT_EQ(at_server_[0].bytes + at_server_[1].bytes, "goes 1goes 2");
    EXPECT_FALSE(client_->all_sent());
    EXPECT_TRUE(client_->has_room(full));
    EXPECT_GT(client_->congested_ns(full, 1000), 0u);
    EXPECT_EQ(client_->congested_ns(other, 1000), 0u);
    client_->close(full);  // behind what waits

    std::string end;  // of what comes out at the other end
    std::vector<char> room(1 << 20);
    EXPECT_TRUE(until([&] {
        const ssize_t got = recv(receiver, room.data(), room.size(), MSG_DONTWAIT);
        if (got > 0) end = (end + std::string(room.data(), static_cast<size_t>(got)));
        if (end.size() > 14) end = end.substr(end.size() - 14);
        return end == "waits 1waits 2";
    }));
    EXPECT_TRUE(client_->all_sent());
    EXPECT_FALSE(client_->alive(full));
    close(receiver);
}

TEST_F(UdpOfCalls, ASocketThatStaysFullTakesNoMoreAtSomePoint) {
    start();
    const ConnId full = connect();
    const int receiver = fill(*client_, client_->local(full), full);
    uint32_t waiting = 0;
    while (client_->has_room(full) && waiting < 100000)
        waiting += send(*client_, server_->local(), full, "x").congested;
    EXPECT_EQ(waiting, 4096u);
    const SendResult more = send(*client_, server_->local(), full, "x");
    EXPECT_EQ(more.errors, 1u);
    EXPECT_EQ(more.last_error, ENOBUFS);
    close(receiver);
}

// ---- UDP, a socket for each local address --------------------

TEST(UdpSockets, OneForEachLocalAddressAtTheSamePort) {
    asio::io_context io;
    TransportConfig config;
    config.sockets = Sockets::PerIp;
    config.local = *resolve("127.0.0.2", 0);
    config.also_local = {*resolve("127.0.0.2", 0), *resolve("127.0.0.3", 0)};
    auto transport = open_transport(Protocol::Udp, config, io);
    ASSERT_TRUE(transport.ok()) << transport.error().text;
    Result<ConnId> first = (*transport)->open({}, *resolve("127.0.0.2", 0)),
                   second = (*transport)->open({}, *resolve("127.0.0.3", 0)),
                   again = (*transport)->open({}, *resolve("127.0.0.3", 0));
    ASSERT_TRUE(first.ok() && second.ok() && again.ok());
    EXPECT_EQ(*first, kMainConn);
    EXPECT_EQ(*second, *again);
    EXPECT_EQ(ip_text((*transport)->local(*second)), "127.0.0.3");
    EXPECT_EQ((*transport)->local(*second).port, (*transport)->local().port);
    EXPECT_FALSE((*transport)->open({}, *resolve("192.0.2.1", 0)).ok());  // not ours
}

}  // namespace
}  // namespace gsp::rt
