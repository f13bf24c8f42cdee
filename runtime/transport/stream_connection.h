// SPDX-License-Identifier: Apache-2.0
// One connection that carries SIP messages: buffers both ways, gathered writes, the way from connecting to the goodbye.
// What differs between TCP, TLS and WebSocket is in the functions that derived classes give (tcp.cpp, tls.cpp,
// websocket.cpp). Private to runtime/transport; lives on one io_context, whose thread is the only one.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/transport/transport.h"

namespace gsp::rt {

class Connection;
using ConnectionPtr = std::shared_ptr<Connection>;

// Who has the connections. Told within handlers, never from within a call of theirs.
class ConnectionOwner {
public:
    virtual void has_messages(const ConnectionPtr&) = 0;
    virtual void is_open(Connection&) = 0;
    // It is closed: by the peer in order, or for an error; or its goodbye is over.
    virtual void has_ended(Connection&, const std::string& why, bool orderly) = 0;
    virtual void becomes_busy(bool busy) = 0;  // has, or has no longer, bytes to send

protected:
    ~ConnectionOwner() = default;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    using tcp = boost::asio::ip::tcp;
    using error_code = boost::system::error_code;
    enum class State : uint8_t { Opening, Open, Closing, Closed };
    static constexpr size_t kMostUnsent = 4 << 20;  // bytes

    explicit Connection(ConnectionOwner& owner) : owner_(&owner) {}
    virtual ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void connect(const tcp::endpoint& peer);  // the socket is open, and bound if it has to be
    void accepted();                          // the socket is connected
    void queue(std::string_view message);     // flush() sends
    void flush();
    // Up to out.size() messages that have come; valid until resume().
    uint32_t take(std::span<RxPacket> out, uint64_t now_ns);
    bool has_more() const { return next_message_ < messages_.size(); }
    void resume();                           // messages that were taken are no longer needed: reads on
    bool filled() const { return filled_; }  // the last read had too little room
    void goodbye();  // closes in order when everything is sent; at once if it is not open yet and nothing is to be sent
    void drop();     // closes at once; the owner is not told
    void fail(const std::string& why);  // closes at once; the owner is told
    void give_up();                     // … it took too long
    void detach() { owner_ = nullptr; }

    virtual tcp::socket& socket() = 0;
    State state() const { return state_; }
    bool opened() const { return opened_; }              // at any time
    bool said_goodbye() const { return said_goodbye_; }  // goodbye() was called
    bool congested() const { return writing_now_ && state_ == State::Open; }
    bool has_room() const { return unsent_.size() < kMostUnsent; }
    void queue_unsent_of(Connection& other);  // whole messages that were queued there in vain

    ConnId id = kNoConn;
    Address peer, local;
    bool incoming = false;
    uint32_t users = 0;               // calls that opened it
    uint64_t congested_since_ns = 0;  // by the owner

protected:
    virtual void start_handshake(bool as_server) = 0;             // ends in on_handshake()
    virtual void start_read() = 0;                                // ends in on_read() or on_message()
    virtual void start_write() = 0;                               // of sending(), ends in on_write()
    virtual void start_goodbye() = 0;                             // ends in on_goodbye()
    virtual std::string describe(const error_code& error) const;  // for people
    virtual bool is_orderly(const error_code&) const;

    void on_handshake(const error_code&);
    void on_read(const error_code&, size_t bytes);  // into free_room()
    // Framed by the protocol itself. true: reads on; else start_read() will be called.
    bool on_message(const error_code&, std::string_view);
    void hand_out();  // what on_message() was given: nothing more comes for now
    void on_write(const error_code&);
    void on_goodbye();
    std::span<char> free_room();
    std::string_view sending() const { return sending_; }
    // Where the messages of sending() end; kept only where messages are framed by the protocol.
    virtual bool keeps_ends() const { return false; }
    const std::vector<uint32_t>& sending_ends() const { return sending_ends_; }

private:
    bool cut_messages();  // false: it has ended
    void make_room();
    void give_messages();
    void end(const std::string& why, bool orderly);
    bool busy() const { return state_ != State::Closed && (writing_now_ || !unsent_.empty()); }
    void note_busy(bool before);

    ConnectionOwner* owner_;
    State state_ = State::Opening;
    bool writing_now_ = false, reading_now_ = false, handed_out_ = false;
    bool opened_ = false, said_goodbye_ = false;
    bool filled_ = false;
    std::string unsent_, sending_;
    std::vector<uint32_t> unsent_ends_, sending_ends_;
    std::vector<char> received_;
    size_t begin_ = 0, end_ = 0;  // of what is in received_
    uint32_t searched_ = 0;
    std::string framed_, framed_messages_;  // not handed out yet; handed out
    std::vector<uint32_t> framed_ends_;
    std::vector<std::string_view> messages_;
    size_t next_message_ = 0;
};

// Makes connections of one protocol.
class ConnectionFactory {
public:
    virtual ~ConnectionFactory() = default;
    virtual ConnectionPtr make(ConnectionOwner&, boost::asio::ip::tcp::socket, const Address& peer) = 0;
    virtual std::string_view name() const = 0;        // "TCP"
    virtual bool reads_all() const { return false; }  // a read that leaves room has brought all there was
};

std::unique_ptr<ConnectionFactory> tcp_connections();
Result<std::unique_ptr<ConnectionFactory>> tls_connections(const TransportConfig&);
Result<std::unique_ptr<ConnectionFactory>> websocket_connections(const TransportConfig&, bool secure);

}  // namespace gsp::rt
