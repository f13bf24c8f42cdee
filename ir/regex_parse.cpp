// SPDX-License-Identifier: Apache-2.0
// The C library itself says which bytes a bracket expression holds: ranges, classes and collating elements need no
// second reading.
#include "ir/regex_parse.h"

#include <regex.h>

#include <algorithm>
#include <cctype>

namespace gsp::ir::regex {
namespace {

constexpr uint64_t kSizeCap = uint64_t{1} << 31;  // the product of two does not overflow

// The bytes that a bracket expression such as `[^[:alpha:]_-]` matches; nothing if it is invalid.
std::optional<ByteSet> bytes_of(const std::string& bracket) {
    regex_t compiled;
    if (regcomp(&compiled, (bracket + "+").c_str(), REG_EXTENDED) != 0) return {};
    std::string all;
    for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
    ByteSet out;
    regmatch_t run;  // of consecutive bytes that match
    for (size_t at = 0; at < all.size() && regexec(&compiled, all.c_str() + at, 1, &run, 0) == 0;) {
        for (auto i = run.rm_so; i < run.rm_eo; ++i) out.set(at + static_cast<size_t>(i) + 1);
        at += static_cast<size_t>(run.rm_eo);
    }
    regfree(&compiled);
    return out;
}

std::string quoted_byte(int byte, std::string_view special) {
    constexpr char kHex[] = "0123456789abcdef";
    char c = static_cast<char>(byte);
    if (byte < 32 || byte > 126) return {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    return special.find(c) != special.npos ? std::string{'\\', c} : std::string{c};
}

std::string class_text(ByteSet bytes) {
    bool negated = bytes.count() > 128;
    if (negated) bytes.flip().reset(0);  // no subject holds a NUL byte
    if (bytes.none()) return negated ? "." : "[^\\x00-\\xff]";
    std::string out = negated ? "[^" : "[";
    for (int i = 0; i < 256; ++i) {
        if (!bytes[static_cast<size_t>(i)]) continue;
        int last = i;
        while (last < 255 && bytes[static_cast<size_t>(last + 1)]) ++last;
        out += quoted_byte(i, "\\]^[-");
        if (last > i + 1) out += '-';
        if (last > i) out += quoted_byte(last, "\\]^[-");
        i = last;
    }
    return out + "]";
}

class Parser {
public:
    Parser(std::string_view in, Parsed& out) : in_(in), out_(out) {}

    void run() {
        out_.root = alternatives(0);
        if (failed()) out_.root = {};
    }

private:
    bool failed() const { return out_.malformed || out_.too_deep; }
    bool at_end() const { return at_ == in_.size() || failed(); }

    Node malformed() {
        out_.malformed = true;
        return {};
    }

    static void add(Node& parent, Node child) {
        parent.size = std::min(parent.size + child.size, kSizeCap);
        parent.children.push_back(std::move(child));
    }

    Node alternatives(unsigned depth) {
        Node out{.kind = Kind::Alt};
        for (;;) {
            add(out, branch(depth));
            if (at_end() || in_[at_] != '|') break;
            ++at_;
        }
        if (out.children.size() > 1) return out;
        return std::move(out.children.front());
    }

    Node branch(unsigned depth) {
        Node out;
        while (!at_end() && in_[at_] != '|' && (in_[at_] != ')' || depth == 0)) {
            Node piece = atom(depth);
            for (unsigned n = 0; !at_end() && std::string_view("*+?{").find(in_[at_]) != std::string_view::npos; ++n) {
                out_.too_deep |= n == kMaxNesting;
                piece = quantified(std::move(piece));
            }
            add(out, std::move(piece));
        }
        return out;
    }

    Node atom(unsigned depth) {
        char c = in_[at_++];
        switch (c) {
        case '(': return group(depth + 1);
        case '[': return bracket();
        case '\\': return escape();
        case '^':
        case '$': return {.kind = Kind::Assert, .text = {c}, .symbol = c};
        case '.': return any_of(ByteSet().set().reset(0), ".");
        case '*':
        case '+':
        case '?':
        case '{': return malformed();
        default: return literal(c);
        }
    }

    Node group(unsigned depth) {
        if (depth > kMaxNesting) {
            out_.too_deep = true;
            return {};
        }
        Node out{.kind = Kind::Group, .group = ++out_.groups};
        add(out, alternatives(depth));
        if (at_end()) return malformed();
        ++at_;
        return out;
    }

    static Node any_of(const ByteSet& bytes, std::string text) {
        return {.kind = Kind::Bytes, .bytes = bytes, .text = std::move(text)};
    }

    static Node literal(char c) {
        auto byte = static_cast<unsigned char>(c);
        ByteSet bytes;
        bytes.set(byte);
        return any_of(bytes, quoted_byte(byte, "\\.[](){}*+?^$|"));
    }

    static Node class_escape(char c) {
        ByteSet bytes;
        bool words = tolower(c) == 'w';
        for (int i = 1; i < 256; ++i)
            bytes.set(static_cast<size_t>(i), words ? isalnum(i) || i == '_' : isspace(i) != 0);
        if (isupper(c)) bytes.flip().reset(0);
        return any_of(bytes, {'\\', c});
    }

    // The GNU escapes; any other escaped character is that character.
    Node escape() {
        if (at_ == in_.size()) return malformed();
        char c = in_[at_++];
        switch (c) {
        case 'w':
        case 'W':
        case 's':
        case 'S': return class_escape(c);
        case 'b':
        case 'B': return {.kind = Kind::Assert, .text = {'\\', c}, .symbol = c};
        case '<': return {.kind = Kind::Assert, .text = "\\b(?=\\w)", .symbol = c};
        case '>': return {.kind = Kind::Assert, .text = "\\b(?<=\\w)", .symbol = c};
        case '`': return {.kind = Kind::Assert, .text = "\\A", .symbol = c};
        case '\'': return {.kind = Kind::Assert, .text = "\\z", .symbol = c};
        default: break;
        }
        if (c >= '1' && c <= '9') {
            out_.dubious = "a back-reference can take seconds to match: there is no limit to what the C library tries";
            return {.kind = Kind::BackRef, .group = static_cast<uint32_t>(c - '0')};
        }
        if (isalnum(static_cast<unsigned char>(c)))
            out_.dubious = std::string("`\\") + c + "` is the character " + c + " in a POSIX regular expression";
        return literal(c);
    }

    // In brackets a backslash is an ordinary character, and so is `]` at the first place.
    Node bracket() {
        size_t begin = at_ - 1, i = at_;
        if (i < in_.size() && in_[i] == '^') ++i;
        for (bool first = true; i < in_.size() && (in_[i] != ']' || first); first = false) {
            bool named = in_[i] == '[' && i + 1 < in_.size() && std::string_view(":.=").find(in_[i + 1]) < 3;
            if (named) {
                i = in_.find(std::string{in_[i + 1], ']'}, i + 2);
                if (i == in_.npos) return malformed();
                ++i;
            }
            ++i;
        }
        if (i >= in_.size()) return malformed();
        at_ = i + 1;
        auto bytes = bytes_of(std::string(in_.substr(begin, at_ - begin)));
        return bytes ? any_of(*bytes, class_text(*bytes)) : malformed();
    }

    Node quantified(Node child) {
        Node out{.kind = Kind::Repeat};
        char c = in_[at_++];
        out.min = c == '+';
        out.max = c == '?' ? 1 : kUnlimited;
        if (c == '{' && !interval(out)) return malformed();
        if (c == '?' && child.kind == Kind::Repeat && child.max == kUnlimited)
            out_.dubious = "`?` after a repetition does not make it lazy in a POSIX regular expression";
        if (child.kind == Kind::Assert) return malformed();
        const uint64_t copies = std::max(out.max == kUnlimited ? out.min + 1 : out.max, 1u);
        const uint64_t size = std::min(child.size * copies, kSizeCap) + 1;
        out_.size = std::min(out_.size + size, kSizeCap);
        // x?*, x**, x+? and their like are one repetition.
        auto simple = [](const Node& n) { return n.min <= 1 && (n.max == 1 || n.max == kUnlimited); };
        bool merge =
            child.kind == Kind::Repeat && child.children[0].kind == Kind::Bytes && simple(child) && simple(out);
        if (merge) {
            out.min *= child.min;
            out.max = std::max(out.max, child.max);
            child = Node(std::move(child.children[0]));
        }
        add(out, std::move(child));
        out.size = size;
        return out;
    }

    // {m}, {m,}, {,n} or {m,n}
    bool interval(Node& out) {
        auto number = [&](uint32_t otherwise) {
            uint32_t n = at_ < in_.size() && isdigit(static_cast<unsigned char>(in_[at_])) ? 0 : otherwise;
            for (; at_ < in_.size() && isdigit(static_cast<unsigned char>(in_[at_])); ++at_)
                n = std::min(n * 10 + static_cast<uint32_t>(in_[at_] - '0'), 0x10000u);
            return n;
        };
        out.min = out.max = number(0);
        if (at_ < in_.size() && in_[at_] == ',') {
            ++at_;
            out.max = number(kUnlimited);
        }
        return at_ < in_.size() && in_[at_++] == '}' && out.min <= out.max;
    }

    std::string_view in_;
    Parsed& out_;
    size_t at_ = 0;
};

}  // namespace

Parsed parse(std::string_view posix) {
    Parsed out;
    Parser(posix, out).run();
    return out;
}

bool is_nullable(const Node& n) {
    switch (n.kind) {
    case Kind::Bytes: return false;
    case Kind::Repeat: return n.min == 0 || is_nullable(n.children[0]);
    case Kind::Alt: return std::any_of(n.children.begin(), n.children.end(), is_nullable);
    default: return std::all_of(n.children.begin(), n.children.end(), is_nullable);
    }
}

bool has_group(const Node& n) {
    return n.kind == Kind::Group || std::any_of(n.children.begin(), n.children.end(), has_group);
}

std::optional<uint64_t> fixed_length(const Node& n) {
    if (n.kind == Kind::BackRef) return {};
    uint64_t total = n.kind == Kind::Bytes;
    for (const Node& child : n.children) {
        auto length = fixed_length(child);
        if (!length) return {};
        if (n.kind == Kind::Alt && &child != &n.children.front() && *length != total) return {};
        total = n.kind == Kind::Alt ? *length : total + *length;
    }
    if (n.kind != Kind::Repeat) return total;
    if (n.min != n.max && total != 0) return {};
    return total * n.min;
}

}  // namespace gsp::ir::regex
