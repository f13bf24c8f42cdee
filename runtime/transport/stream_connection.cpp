// SPDX-License-Identifier: Apache-2.0
#include "runtime/transport/stream_connection.h"

#include <algorithm>
#include <utility>

#include "runtime/sip/framing.h"

namespace gsp::rt {

namespace asio = boost::asio;

namespace {

constexpr size_t kFirstRoom = 4096, kMostRoom = 2 * sip::kLongestMessage;
constexpr std::string_view kPong = "\r\n";  // RFC 5626 3.5.1

}  // namespace

Connection::~Connection() = default;

// ---- opening --------------------

void Connection::connect(const tcp::endpoint& endpoint) {
    socket().async_connect(endpoint, [self = shared_from_this()](const error_code& error) {
        if (self->state_ != State::Opening) return;
        if (error) return self->end(error.message(), false);
        self->start_handshake(false);
    });
}

void Connection::accepted() {
    incoming = true;
    start_handshake(true);
}

void Connection::on_handshake(const error_code& error) {
    if (state_ != State::Opening) return;
    if (error) return end(describe(error), false);
    state_ = said_goodbye_ ? State::Closing : State::Open;
    opened_ = true;
    if (owner_) owner_->is_open(*this);
    resume();
    flush();
}

// ---- sending --------------------

void Connection::note_busy(bool before) {
    if (owner_ && before != busy()) owner_->becomes_busy(!before);
}

void Connection::queue(std::string_view message) {
    const bool before = busy();
    unsent_ += message;
    if (keeps_ends()) unsent_ends_.push_back(static_cast<uint32_t>(unsent_.size()));
    note_busy(before);
}

void Connection::flush() {
    if (writing_now_ || unsent_.empty() || (state_ != State::Open && state_ != State::Closing)) return;
    writing_now_ = true;
    sending_.clear();
    sending_ends_.clear();
    sending_.swap(unsent_);
    sending_ends_.swap(unsent_ends_);
    start_write();
}

void Connection::on_write(const error_code& error) {
    if (state_ == State::Closed) return;
    const bool before = busy();
    writing_now_ = false;
    congested_since_ns = 0;
    note_busy(before);
    if (error) return end(describe(error), false);
    if (!unsent_.empty()) return flush();
    if (state_ == State::Closing) start_goodbye();
}

void Connection::queue_unsent_of(Connection& other) {
    const bool before = busy();
    unsent_ = std::exchange(other.unsent_, {});
    unsent_ends_ = std::exchange(other.unsent_ends_, {});
    note_busy(before);
}

// ---- receiving --------------------

std::span<char> Connection::free_room() {
    return std::span(received_).subspan(end_);
}

// Room grows while reads fill it.
void Connection::make_room() {
    if (begin_ > 0) {
        std::copy(received_.begin() + static_cast<ptrdiff_t>(begin_), received_.begin() + static_cast<ptrdiff_t>(end_),
                  received_.begin());
        end_ -= std::exchange(begin_, 0);
    }
    if (received_.empty()) received_.resize(kFirstRoom);
    if (filled_ || end_ == received_.size()) received_.resize(std::min(received_.size() * 4, kMostRoom));
    filled_ = false;
}

void Connection::resume() {
    handed_out_ = false;
    messages_.clear();
    next_message_ = 0;
    hand_out();
    if (handed_out_ || reading_now_ || (state_ != State::Open && state_ != State::Closing)) return;
    make_room();
    reading_now_ = true;
    start_read();
}

void Connection::on_read(const error_code& error, size_t bytes) {
    reading_now_ = false;
    if (state_ == State::Closed) return;
    if (error) return end(describe(error), is_orderly(error));
    filled_ = bytes == free_room().size();
    end_ += bytes;
    if (!cut_messages()) return;
    if (messages_.empty()) return resume();
    give_messages();
}

void Connection::give_messages() {
    if (owner_ && !std::exchange(handed_out_, true)) owner_->has_messages(shared_from_this());
}

bool Connection::cut_messages() {
    using Kind = sip::Frame::Kind;
    for (;;) {
        const std::string_view rest{received_.data() + begin_, end_ - begin_};
        const sip::Frame frame = sip::next_frame(rest, searched_);
        switch (frame.kind) {
        case Kind::Incomplete: return true;
        case Kind::Message: messages_.push_back(rest.substr(0, frame.length)); break;
        case Kind::Blank: break;
        case Kind::Ping:
            queue(kPong);
            flush();
            break;
        case Kind::TooLong:
            end("a message " +
                    (frame.length ? "of " + std::to_string(frame.length) + " bytes" : std::string("without end")) +
                    ", longer than " + std::to_string(sip::kLongestMessage),
                false);
            return false;
        }
        begin_ += frame.length;
    }
}

bool Connection::on_message(const error_code& error, std::string_view message) {
    if (state_ == State::Closed) return reading_now_ = false;
    if (error) {
        reading_now_ = false;
        hand_out();
        end(describe(error), is_orderly(error));
        return false;
    }
    framed_ += message;
    framed_ends_.push_back(static_cast<uint32_t>(framed_.size()));
    if (framed_.size() < kMostRoom) return true;
    reading_now_ = false;
    hand_out();
    return false;
}

void Connection::hand_out() {
    if (handed_out_ || framed_ends_.empty()) return;
    framed_messages_.swap(framed_);
    framed_.clear();
    uint32_t begin = 0;
    for (const uint32_t end : framed_ends_) {
        messages_.push_back(std::string_view(framed_messages_).substr(begin, end - begin));
        begin = end;
    }
    framed_ends_.clear();
    give_messages();
}

uint32_t Connection::take(std::span<RxPacket> out, uint64_t now_ns) {
    uint32_t taken = 0;
    while (taken < out.size() && has_more()) {
        const std::string_view message = messages_[next_message_++];
        out[taken++] = {message.data(), static_cast<uint32_t>(message.size()), now_ns, peer, id};
    }
    return taken;
}

// ---- the end --------------------

std::string Connection::describe(const error_code& error) const {
    return error == asio::error::eof ? "closed by the peer" : error.message();
}

bool Connection::is_orderly(const error_code& error) const {
    return error == asio::error::eof;
}

void Connection::end(const std::string& why, bool orderly) {
    const ConnectionPtr self = shared_from_this();
    drop();
    if (owner_) owner_->has_ended(*this, why, orderly);
}

void Connection::drop() {
    if (state_ == State::Closed) return;
    const bool before = busy();
    state_ = State::Closed;
    note_busy(before);
    error_code ignored;
    socket().close(ignored);
}

void Connection::fail(const std::string& why) {
    end(why, false);
}

void Connection::give_up() {
    fail(state_ == State::Opening ? "not open in time" : "no goodbye in time");
}

void Connection::goodbye() {
    said_goodbye_ = true;
    if (state_ == State::Opening && unsent_.empty()) return drop();
    if (state_ != State::Open) return;  // if it is still to be opened, what is unsent leaves first
    state_ = State::Closing;
    if (writing_now_ || !unsent_.empty()) return flush();
    start_goodbye();
}

// The peer's end is read, so that what it still sends meets no closed door; the owner limits the time.
void Connection::on_goodbye() {
    if (state_ == State::Closing && !reading_now_ && !handed_out_) resume();
}

}  // namespace gsp::rt
