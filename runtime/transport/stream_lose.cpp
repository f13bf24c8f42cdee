// SPDX-License-Identifier: Apache-2.0
// Streams: connections that are lost, are opened again, or take too long; and the end of the run.
#include <algorithm>
#include <utility>

#include "runtime/transport/stream_transport.h"

namespace gsp::rt {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using State = Connection::State;

namespace {

constexpr auto kGoodbyeTime = std::chrono::seconds(2);
constexpr auto kTick = std::chrono::milliseconds(250);

}  // namespace

// ---- losing --------------------

std::string StreamTransport::name_of(const Connection& connection) const {
    return std::string(factory_->name()) + " connection " + (connection.incoming ? "from " : "to ") +
           endpoint_text(connection.peer);
}

StreamTransport::Common* StreamTransport::common_of(ConnId id) {
    const auto at = std::find_if(common_.begin(), common_.end(), [&](const Common& c) { return c.id == id; });
    return at == common_.end() ? nullptr : &*at;
}

void StreamTransport::has_ended(Connection& connection, const std::string& why, bool orderly) {
    const ConnectionPtr held = connection.shared_from_this();
    if (connection.said_goodbye() && connection.opened()) return forget(connection);
    Disconnect end{.conn = connection.id,
                   .orderly = orderly,
                   .refused = !connection.opened() && !connection.incoming,
                   .ends_calls = config_.reconnect.ends_calls,
                   .ends_run = false,
                   .why = name_of(connection) + ": " + why,
                   .peer = connection.incoming ? Address{} : connection.peer};
    Common* common = common_of(connection.id);
    if (!common) {
        // One that a call had for itself does not come again.
        end.ends_calls |= !connection.incoming;
        forget(connection);
    } else if (orderly && end.ends_calls) {
        common->lost = true;  // SIPp: seen by the next call that wants to send
        connections_.replace(common->id, nullptr);
    } else if (may_reconnect()) {
        reconnect_later(*common, &connection);
    } else {
        end.ends_run = true;
    }
    disconnects_.push_back(std::move(end));
}

// Until then messages for it are kept in a connection that is not opened yet.
void StreamTransport::reconnect_later(Common& common, Connection* lost) {
    ++reconnections_;
    const ConnectionPtr connection = make(tcp::socket(io_), common.peer);
    connection->id = common.id;
    connections_.replace(common.id, connection);
    if (lost && !config_.reconnect.ends_calls) connection->queue_unsent_of(*lost);
    auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::nanoseconds(config_.reconnect.sleep_ns));
    timer->async_wait([this, timer, connection](const error_code& error) {
        if (error || shutting_down_ || connection->state() != State::Opening) return;
        Result<tcp::socket> socket = prepare(connection->peer, {}, 0);
        if (!socket) return connection->fail(socket.error().text);
        connection->socket() = std::move(*socket);
        start(connection);
    });
}

std::optional<Disconnect> StreamTransport::next_disconnect() {
    if (disconnects_.empty() || !ready_.empty()) return {};  // first what came before
    Disconnect next = std::move(disconnects_.front());
    disconnects_.pop_front();
    return next;
}

// ---- time --------------------

void StreamTransport::watch(const ConnectionPtr& connection) {
    const State state = connection->state();
    const Time::duration time =
        state == State::Closing ? Time::duration(kGoodbyeTime) : std::chrono::nanoseconds(config_.opening_ns);
    deadlines_[state == State::Closing].push_back({std::chrono::steady_clock::now() + time, connection, state});
    tick_later();
}

void StreamTransport::tick_later() {
    if (std::exchange(ticking_, true)) return;
    tick_.expires_after(kTick);
    tick_.async_wait([this](const error_code& error) {
        if (!error) tick();
    });
}

void StreamTransport::tick() {
    ticking_ = false;
    const Time now = std::chrono::steady_clock::now();
    for (auto& deadlines : deadlines_) {
        while (!deadlines.empty()) {
            const ConnectionPtr connection = deadlines.front().connection.lock();
            const bool settled = !connection || connection->state() != deadlines.front().state;
            if (!settled && deadlines.front().time > now) break;
            deadlines.pop_front();
            if (!settled) connection->give_up();
        }
        if (!deadlines.empty()) tick_later();
    }
}

void StreamTransport::shut_down() {
    shutting_down_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    common_.clear();
    const auto open = [this] {
        bool any = false;
        connections_.each([&](const ConnectionPtr& c) { any |= c->state() != State::Closed; });
        return any;
    };
    connections_.each([](const ConnectionPtr& connection) { connection->goodbye(); });
    const Time end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(config_.parting_ns);
    if (io_.stopped()) io_.restart();
    while (open() && std::chrono::steady_clock::now() < end) {
        io_.run_one_until(end);
        read_on();
    }
}

}  // namespace gsp::rt
