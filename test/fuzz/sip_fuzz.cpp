// SPDX-License-Identifier: Apache-2.0
// Feeds arbitrary bytes to the SIP reader and touches everything that it returns; aborts when an offset leads outside
// the message. The same bytes as a stream: they must fall into the same frames however they arrive.
#include <algorithm>
#include <string>
#include <vector>

#include "runtime/sip/framing.h"
#include "runtime/sip/message.h"
#include "test/fuzz/require.h"

namespace {

using namespace gsp::rt::sip;

void check_values(std::string_view value) {
    for (std::string_view name : {"tag", "branch", "lr"}) require_inside(value, parameter(value, name));
    require_inside(value, uri_of(value));
}

void check_message(const Message& m) {
    std::string_view all = m.text();
    for (std::string_view part : {m.method_text, m.cseq_method_text, m.request_uri, m.reason, m.call_id, m.body_text()})
        require_inside(all, part);
    require(m.n_headers <= Message::kMaxHeaders && m.body <= m.len);
    for (uint32_t i = 0; i < m.n_headers; ++i) {
        const HeaderLine& header = m.headers[i];
        require_inside(all, m.name(header));
        require_inside(all, m.value(header));
        require(find_header(m.name(header)) == header.id);
        if (header.id != Header::Unknown) require(m.find(header.id) <= &header);
        check_values(m.value(header));
    }
    for (int i = 0; i < static_cast<int>(Header::Count); ++i) {
        const HeaderLine* header = m.find(static_cast<Header>(i));
        require(!header || header->id == static_cast<Header>(i));
    }
}

// What a message was before must not show.
void require_equal(const Message& a, const Message& b) {
    require(a.status == b.status && a.method == b.method && a.cseq == b.cseq && a.cseq_method == b.cseq_method);
    require(a.call_id == b.call_id && a.cseq_method_text == b.cseq_method_text && a.request_uri == b.request_uri &&
            a.reason == b.reason && a.body == b.body && a.dropped_headers == b.dropped_headers);
    require(a.n_headers == b.n_headers && std::ranges::equal(a.first, b.first));
    for (uint32_t i = 0; i < a.n_headers; ++i) {
        const HeaderLine &x = a.headers[i], &y = b.headers[i];
        require(a.name(x) == b.name(y) && a.value(x).data() == b.value(y).data() && x.value_len == y.value_len);
        require(x.id == y.id && x.folded == y.folded);
    }
}

// The lengths of the frames that are messages, when the stream arrives in pieces of `step` bytes; -1 ends one too long.
std::vector<int64_t> frames_of(std::string_view stream, size_t step) {
    std::vector<int64_t> lengths;
    size_t begin = 0;
    uint32_t searched = 0;
    for (size_t end = std::min(step, stream.size());; end = std::min(end + step, stream.size())) {
        for (;;) {
            const Frame frame = next_frame(stream.substr(begin, end - begin), searched);
            if (frame.kind == Frame::Kind::Incomplete) break;
            if (frame.kind == Frame::Kind::TooLong) return lengths.push_back(-1), lengths;
            require(frame.length > 0 && begin + frame.length <= end);
            if (frame.kind == Frame::Kind::Message) lengths.push_back(frame.length);
            begin += frame.length;
        }
        if (end == stream.size()) return lengths;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Message message, used;
    ParseStatus status = parse(bytes, message);
    for (const size_t length : {size, size / 2, size / 3}) {
        parse(bytes.substr(0, length), used);
        require(parse(bytes, used) == status);
        require_equal(message, used);
    }
    if (size > 1) {  // a familiar message with another byte in it
        std::string changed(bytes);
        changed[(data[0] * 256u + data[size - 1]) % size] = static_cast<char>(data[size / 2]);
        parse(bytes, used);
        Message fresh;
        const ParseStatus expected = parse(changed, fresh);
        require(parse(changed, used) == expected);
        if (expected == ParseStatus::Ok) require_equal(fresh, used);
    }
    check_message(message);
    if (status == ParseStatus::Ok) require(!message.call_id.empty() && bytes.find("SIP/2.0") != std::string_view::npos);
    check_values(bytes);
    require(frames_of(bytes, bytes.size() + 1) == frames_of(bytes, 7));
    return 0;
}
