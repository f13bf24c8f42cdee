// SPDX-License-Identifier: Apache-2.0
// Rows for the messages of RFC 4475: what the reader makes of each. Texts are written with LF and {{hex}} for bytes
// that have no place in a source file; they are sent with CRLF.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "runtime/sip/message.h"

namespace gsp::rt::sip {

struct Torture {
    const char *section, *name, *text;
    ParseStatus result = ParseStatus::Ok;
    uint32_t status = 0;                 // of a response
    const char *method = "", *uri = "";  // of a request
    const char* call_id = "";
    uint32_t cseq = 0;
    const char* cseq_method = "";
    const char *from_tag = "", *to_tag = "", *branch = "";  // branch: of the first Via
    const char* contact = nullptr;                          // URI of the first one; nullptr: not looked at
    const char* content_length = "";                        // as it stands there
    uint32_t body_bytes = 0;                                // in the datagram, whatever Content-Length says
};

inline std::ostream& operator<<(std::ostream& out, const Torture& t) {
    return out << t.section << ' ' << t.name;
}

// The bytes on the wire.
inline std::string torture_bytes(std::string_view text) {
    std::string bytes;
    for (size_t at = 0; at < text.size(); ++at) {
        if (text.compare(at, 2, "{{") == 0) {
            for (at += 2; text[at] != '}'; at += 2)
                bytes += static_cast<char>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16));
            ++at;
        } else {
            if (text[at] == '\n') bytes += '\r';
            bytes += text[at];
        }
    }
    return bytes;
}

inline void expect_torture(const Torture& want) {
    const std::string bytes = torture_bytes(want.text);
    Message m;
    ASSERT_EQ(parse(bytes, m), want.result);
    if (want.result != ParseStatus::Ok) return;
    EXPECT_EQ(m.status, want.status);
    EXPECT_EQ(m.method_text, want.method);
    EXPECT_EQ(m.method, find_method(want.method));
    EXPECT_EQ(m.request_uri, want.uri);
    EXPECT_EQ(m.call_id, want.call_id);
    EXPECT_EQ(m.cseq, want.cseq);
    EXPECT_EQ(m.cseq_method_text, want.cseq_method);
    EXPECT_EQ(m.cseq_method, find_method(want.cseq_method));
    EXPECT_EQ(parameter(m.value_of(Header::From), "tag"), want.from_tag);
    EXPECT_EQ(parameter(m.value_of(Header::To), "tag"), want.to_tag);
    EXPECT_EQ(parameter(m.value_of(Header::Via), "branch"), want.branch);
    if (want.contact) {
        EXPECT_EQ(uri_of(m.value_of(Header::Contact)), want.contact);
    }
    EXPECT_EQ(m.value_of(Header::ContentLength), want.content_length);
    EXPECT_EQ(m.body_text().size(), want.body_bytes);
}

}  // namespace gsp::rt::sip
