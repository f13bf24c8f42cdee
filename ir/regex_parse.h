// SPDX-License-Identifier: Apache-2.0
// A POSIX extended regular expression as a tree, read as glibc's regcomp(REG_EXTENDED) reads it: GNU escapes, anchors
// anywhere, `)` without `(` is a character. Accepts more than regcomp does, which stays the judge of what is valid.
#pragma once
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gsp::ir::regex {

using ByteSet = std::bitset<256>;
inline constexpr uint32_t kUnlimited = UINT32_MAX;
inline constexpr unsigned kMaxNesting = 200;  // regcomp overflows the stack at some thousands

enum class Kind {
    Bytes,    // one byte out of `bytes`
    Assert,   // a place: `symbol` is one of ^ $ b B < > ` '
    BackRef,  // the text of group `group` again
    Group,    // one child
    Repeat,   // one child, `min` to `max` times
    Concat,   // children in order; none: matches nothing at all, the empty text
    Alt       // the first child that leads to a match, in PCRE2; the one that leads to the longest, in POSIX
};

struct Node {
    Kind kind = Kind::Concat;
    ByteSet bytes{};
    std::string text{};  // of Bytes and Assert: in PCRE2 syntax
    char symbol = 0;
    uint32_t group = 0, min = 1, max = 1;
    uint64_t size = 1;  // nodes that regcomp makes of it: it writes repetitions out; capped
    std::vector<Node> children{};
};

struct Parsed {
    Node root;
    unsigned groups = 0;
    bool too_deep = false;   // groups in groups, or repetitions of repetitions, beyond kMaxNesting: no tree
    bool malformed = false;  // regcomp refuses it, too
    uint64_t size = 0;       // of all repetitions that were read, malformed or not
    std::string dubious;     // what is hardly meant, in words
};
Parsed parse(std::string_view posix);

bool is_nullable(const Node&);  // can match the empty text
bool has_group(const Node&);
std::optional<uint64_t> fixed_length(const Node&);  // the length of all texts that it matches, if they have but one

}  // namespace gsp::ir::regex
