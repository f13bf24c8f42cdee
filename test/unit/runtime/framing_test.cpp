// SPDX-License-Identifier: Apache-2.0
#include "runtime/sip/framing.h"

#include <gtest/gtest.h>

#include <string>

namespace gsp::rt::sip {
namespace {

using Kind = Frame::Kind;

Frame first_frame(const std::string& bytes) {
    uint32_t searched = 0;
    return next_frame(bytes, searched);
}

std::string with_length(const std::string& header, const std::string& body) {
    return "BYE sip:x SIP/2.0\r\n" + header + "\r\n\r\n" + body;
}

TEST(Framing, ContentLengthInAllItsSpellings) {
    for (const char* header : {"Content-Length: 3", "content-length:3", "CONTENT-LENGTH \t:\t 3", "l: 3", "L:3",
                               "l : 3", "Via: y\r\nl: 3\r\nTo: z"}) {
        const std::string text = with_length(header, "abc");
        EXPECT_EQ(first_frame(text + "next").kind, Kind::Message) << header;
        EXPECT_EQ(first_frame(text + "next").length, text.size()) << header;
    }
}

TEST(Framing, NoLengthOrNoNumberIsNone) {
    for (const char* header : {"To: x", "Content-Length: many", "Content-Length:", "Content-Lengthy: 3", "Label: 3",
                               "X: l: 3", "Content-Length: -3"}) {
        const std::string text = with_length(header, "");
        EXPECT_EQ(first_frame(text + "abc").length, text.size()) << header;
    }
}

TEST(Framing, LinesAreFoundWhereverTheyStand) {
    for (size_t before = 0; before < 130; ++before)
        for (const char* length : {"Content-Length: 3", "l: 3"}) {
            const std::string ahead =
                "X: " + std::string(before, '*') + "\r\nCall-ID: 1\r\nContact: Label\r\nCSeq: 1 l\r\n";
            const std::string text = with_length(ahead + length, "abc");
            for (const std::string& rest : {std::string(), std::string(80, 'y')})
                ASSERT_EQ(first_frame(text + rest).length, text.size()) << before << length;
            ASSERT_EQ(first_frame(with_length(ahead + length + "\r\n" + ahead + "Content-Length: 9", "abc")).length,
                      text.size() + ahead.size() + 19)
                << before << length;
        }
}

TEST(Framing, MoreBytesAreWaitedFor) {
    const std::string text = with_length("Content-Length: 5", "12345");
    uint32_t searched = 0;
    for (size_t n = 0; n < text.size(); ++n)
        ASSERT_EQ(next_frame(std::string_view(text).substr(0, n), searched).kind, Kind::Incomplete) << n;
    EXPECT_EQ(next_frame(text, searched).length, text.size());
    EXPECT_EQ(searched, 0u);
}

TEST(Framing, WhatStandsBetweenMessages) {
    EXPECT_EQ(first_frame("\r\n\r\nBYE").kind, Kind::Ping);
    EXPECT_EQ(first_frame("\r\n\r\nBYE").length, 4u);
    EXPECT_EQ(first_frame("\r\nBYE ").kind, Kind::Blank);
    EXPECT_EQ(first_frame("\r\nBYE ").length, 2u);
    EXPECT_EQ(first_frame(std::string(4, '\0')).kind, Kind::Blank);
    EXPECT_EQ(first_frame("\r\n").kind, Kind::Incomplete);  // a ping may follow
    EXPECT_EQ(first_frame("").kind, Kind::Incomplete);
}

TEST(Framing, WhatIsTooLong) {
    EXPECT_EQ(first_frame(with_length("Content-Length: 70000", "")).kind, Kind::TooLong);
    EXPECT_EQ(first_frame(with_length("Content-Length: 99999999999999999999999", "")).kind, Kind::TooLong);
    EXPECT_EQ(first_frame(std::string(kLongestMessage, 'x')).kind, Kind::Incomplete);
    EXPECT_EQ(first_frame(std::string(kLongestMessage + 1, 'x')).kind, Kind::TooLong);
    const std::string body(kLongestMessage - with_length("Content-Length: 12345", "").size(), 'b');
    EXPECT_EQ(first_frame(with_length("Content-Length: " + std::to_string(body.size()), body)).kind, Kind::Message);
}

}  // namespace
}  // namespace gsp::rt::sip
