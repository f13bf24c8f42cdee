// SPDX-License-Identifier: Apache-2.0
// A layer between a protocol that reads and writes message by message and the network below it: one read brings many
// messages, and what is written while gathering leaves in one piece. Private to runtime/transport; whoever owns it
// outlives its operations; the protocol above has one read and one write under way at a time.
#pragma once
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace gsp::rt {

template <class Next>
class GatheringStream {
public:
    using next_layer_type = Next;
    using executor_type = typename Next::executor_type;
    using error_code = boost::system::error_code;

    template <class... Args>
    explicit GatheringStream(Args&&... args) : next_(std::forward<Args>(args)...) {}

    Next& next_layer() { return next_; }
    const Next& next_layer() const { return next_; }
    executor_type get_executor() { return next_.get_executor(); }

    // Called when all that was read is used up, before the network is read again.
    void on_dry(std::function<void()> call) { dry_ = std::move(call); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& to, Token&& token) {
        return boost::asio::async_initiate<Token, void(error_code, size_t)>(
            [this, to](auto handler) { read(to, std::move(handler)); }, token);
    }

    // From now on what is written is only kept; it leaves with flush(), which calls done(error) when it has.
    void gather() { gathering_ = true; }
    template <class Done>
    void flush(Done done) {
        gathering_ = false;
        flushing_ = true;
        sending_.clear();
        sending_.swap(kept_);
        boost::asio::async_write(next_, boost::asio::buffer(sending_),
                                 [this, then = std::move(done)](const error_code& error, size_t) mutable {
                                     if (!error && !kept_.empty()) return flush(std::move(then));
                                     flushing_ = false;
                                     then(error);
                                 });
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& from, Token&& token) {
        return boost::asio::async_initiate<Token, void(error_code, size_t)>(
            [this, from](auto handler) {
                if (!gathering_ && !flushing_) return next_.async_write_some(from, std::move(handler));
                const size_t begin = kept_.size(), bytes = boost::asio::buffer_size(from);
                kept_.resize(begin + bytes);
                boost::asio::buffer_copy(boost::asio::buffer(kept_.data() + begin, bytes), from);
                complete(std::move(handler), bytes);
            },
            token);
    }

private:
    static constexpr size_t kRoom = 64 * 1024;

    template <class Handler>
    void complete(Handler handler, size_t bytes) {
        boost::asio::post(get_executor(), [bytes, then = std::move(handler)]() mutable { then(error_code(), bytes); });
    }
    template <class Buffers>
    size_t hand_out(const Buffers& to) {
        const size_t bytes = boost::asio::buffer_copy(to, boost::asio::buffer(room_.get() + begin_, end_ - begin_));
        begin_ += bytes;
        return bytes;
    }
    template <class Buffers, class Handler>
    void read(const Buffers& to, Handler handler) {
        if (begin_ < end_ || boost::asio::buffer_size(to) == 0) return complete(std::move(handler), hand_out(to));
        if (dry_) dry_();
        if (!room_) room_ = std::make_unique_for_overwrite<char[]>(kRoom);
        next_.async_read_some(boost::asio::buffer(room_.get(), kRoom),
                              [this, to, then = std::move(handler)](const error_code& error, size_t bytes) mutable {
                                  begin_ = 0;
                                  end_ = bytes;
                                  then(error, hand_out(to));
                              });
    }

    Next next_;
    std::function<void()> dry_;
    bool gathering_ = false, flushing_ = false;
    std::vector<char> kept_, sending_;
    std::unique_ptr<char[]> room_;
    size_t begin_ = 0, end_ = 0;  // of what is in it and not handed out yet
};

}  // namespace gsp::rt
