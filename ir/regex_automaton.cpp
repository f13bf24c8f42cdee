// SPDX-License-Identifier: Apache-2.0
// The expression becomes a nondeterministic automaton whose choices are ordered as a backtracking matcher tries them.
// Its threads read all subjects at once: bytes that the expression does not tell apart count as one.
#include "ir/regex_automaton.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <unordered_set>

namespace gsp::ir::regex {
namespace {

constexpr size_t kMaxStates = 4000;     // of the automaton
constexpr size_t kMaxWork = 1'000'000;  // visits of a state by a thread: some 10 ms

struct State {
    enum class Kind { Read, Fork, Place, Accept } kind;
    uint32_t next = 0, second = 0;  // Fork: `next` is tried first
    uint32_t bytes = 0;             // Read: index of a set
    char symbol = 0;                // Place
};

// Which ends of the subject a place between two bytes is. Word boundaries are not asked for.
struct Where {
    bool at_begin, at_end;
};

bool holds(char symbol, Where where) {
    bool begin = symbol == '^' || symbol == '`', end = symbol == '$' || symbol == '\'';
    return (begin && where.at_begin) || (end && where.at_end);
}

class Automaton {
public:
    explicit Automaton(const Node& root) {
        states_.push_back({State::Kind::Accept});
        start_ = build(root, 0);
        classify_bytes();
    }

    bool too_large() const { return states_.size() > kMaxStates; }
    uint32_t start() const { return start_; }
    const State& operator[](uint32_t i) const { return states_[i]; }
    size_t size() const { return states_.size(); }
    const std::vector<uint8_t>& byte_classes() const { return representatives_; }  // one byte of each
    bool reads(const State& s, uint8_t byte) const { return sets_[s.bytes][byte]; }

private:
    uint32_t add(const State& s) {
        states_.push_back(s);
        return static_cast<uint32_t>(states_.size() - 1);
    }

    uint32_t fork(uint32_t first, uint32_t second) { return add({State::Kind::Fork, first, second}); }

    // The state from which `n` and then `next` is matched.
    uint32_t build(const Node& n, uint32_t next) {
        if (too_large()) return next;
        switch (n.kind) {
        case Kind::Bytes: return add({State::Kind::Read, next, 0, set_index(n.bytes)});
        case Kind::Assert: return add({State::Kind::Place, next, 0, 0, n.symbol});
        case Kind::Alt: {
            uint32_t out = build(n.children.back(), next);
            for (size_t i = n.children.size() - 1; i-- > 0;) out = fork(build(n.children[i], next), out);
            return out;
        }
        case Kind::Repeat: return build_repeat(n, next);
        default:
            for (size_t i = n.children.size(); i-- > 0;) next = build(n.children[i], next);
            return next;
        }
    }

    uint32_t build_repeat(const Node& n, uint32_t next) {
        const Node& child = n.children[0];
        uint32_t out = next;
        if (n.max == kUnlimited) {
            out = fork(0, next);
            uint32_t body = build(child, out);
            states_[out].next = body;
        } else {
            for (uint32_t i = n.min; i < n.max && !too_large(); ++i) out = fork(build(child, out), next);
        }
        for (uint32_t i = 0; i < n.min && !too_large(); ++i) out = build(child, out);
        return out;
    }

    uint32_t set_index(const ByteSet& bytes) {
        auto found = std::find(sets_.begin(), sets_.end(), bytes);
        if (found == sets_.end()) found = sets_.insert(found, bytes);
        return static_cast<uint32_t>(found - sets_.begin());
    }

    // Bytes that are in the same sets lead to the same threads.
    void classify_bytes() {
        std::unordered_set<std::string> seen;
        for (size_t byte = 1; byte < 256; ++byte) {
            std::string member;
            for (const ByteSet& set : sets_) member += set[byte] ? '1' : '0';
            if (seen.insert(member).second) representatives_.push_back(static_cast<uint8_t>(byte));
        }
    }

    std::vector<State> states_;
    std::vector<ByteSet> sets_;
    std::vector<uint8_t> representatives_;
    uint32_t start_ = 0;
};

using Threads = std::vector<uint32_t>;

struct Pair {
    Threads kept, lost;
    bool at_begin;
};

// From the start of a match on, two sets of threads read the subject:
//   kept: those that the backtracking matcher would still try, best first. When one of them accepts, the rest of the
//         list is lost: it would be tried only if the better ones found nothing.
//   lost: threads that only a search for the longest match follows.
// If a lost thread can accept at a place where no kept one does, the first match found may be too short. All pairs
// (kept, lost) that any subject leads to are visited.
class LongestSearch {
public:
    explicit LongestSearch(const Automaton& a) : a_(a), visited_(a.size(), 0) {}

    Answer run() {
        for (bool at_begin : {true, false}) add({{a_.start()}, {}, at_begin});
        while (!todo_.empty() && !differs_ && work_ < kMaxWork) {
            Pair pair = std::move(todo_.back());
            todo_.pop_back();
            follow(pair);
        }
        if (differs_) return Answer::No;
        return todo_.empty() ? Answer::Yes : Answer::TooComplex;
    }

private:
    void add(Pair pair) {
        if (pair.kept.empty() && pair.lost.empty()) return;
        std::string key(1, pair.at_begin ? '^' : ' ');
        for (const Threads* threads : {&pair.kept, &pair.lost}) {
            for (uint32_t t : *threads) key.append({static_cast<char>(t >> 8), static_cast<char>(t)});
            key.append("\xff\xff");
        }
        if (seen_.insert(std::move(key)).second) todo_.push_back(std::move(pair));
    }

    void follow(const Pair& pair) {
        for (bool at_end : {true, false}) close(pair, at_end);
        for (uint8_t byte : a_.byte_classes()) {
            ++round_;
            Pair next{step(kept_, byte), step(lost_, byte), false};
            std::sort(next.lost.begin(), next.lost.end());
            add(std::move(next));
        }
    }

    // Follows all that reads nothing: the reading threads of the pair at a place, in order, are kept_ and lost_ then.
    void close(const Pair& pair, bool at_end) {
        kept_.clear();
        lost_.clear();
        ++round_;
        bool accepted = false;
        for (uint32_t t : pair.kept) close_one(t, {pair.at_begin, at_end}, accepted ? lost_ : kept_, accepted);
        bool kept_accepts = accepted;
        for (uint32_t t : pair.lost) close_one(t, {pair.at_begin, at_end}, lost_, accepted);
        differs_ |= accepted && !kept_accepts;
    }

    // Once accepted, what is found later goes to the lost threads.
    void close_one(uint32_t from, Where where, Threads& out, bool& accepted) {
        stack_.assign(1, from);
        Threads* into = &out;
        while (!stack_.empty()) {
            uint32_t t = stack_.back();
            stack_.pop_back();
            ++work_;
            if (visited_[t] == round_) continue;
            visited_[t] = round_;
            const State& s = a_[t];
            switch (s.kind) {
            case State::Kind::Read: into->push_back(t); break;
            case State::Kind::Accept:
                accepted = true;
                into = &lost_;
                break;
            case State::Kind::Place:
                if (holds(s.symbol, where)) stack_.push_back(s.next);
                break;
            case State::Kind::Fork:
                stack_.push_back(s.second);
                stack_.push_back(s.next);
                break;
            }
        }
    }

    // Where the threads are after `byte`, without the places that are taken in this round.
    Threads step(const Threads& threads, uint8_t byte) {
        Threads out;
        for (uint32_t t : threads) {
            uint32_t next = a_[t].next;
            if (!a_.reads(a_[t], byte) || visited_[next] == round_) continue;
            visited_[next] = round_;
            out.push_back(next);
        }
        work_ += threads.size();
        return out;
    }

    const Automaton& a_;
    std::vector<Pair> todo_;
    std::unordered_set<std::string> seen_;
    std::vector<size_t> visited_;
    Threads kept_, lost_, stack_;
    size_t round_ = 0, work_ = 0;
    bool differs_ = false;
};

// Two threads that part, and read the same bytes to the end of a match, are two ways to match. One thread that has not
// parted yet is a pair with itself.
class AmbiguitySearch {
public:
    explicit AmbiguitySearch(const Automaton& a) : a_(a), visited_(a.size(), 0) {}

    Answer is_unambiguous() {
        for (bool at_begin : {true, false}) add(a_.start(), a_.start(), at_begin);
        while (!todo_.empty() && !ambiguous_ && work_ < kMaxWork) {
            Pair pair = todo_.back();
            todo_.pop_back();
            follow(pair);
        }
        if (ambiguous_) return Answer::No;
        return todo_.empty() ? Answer::Yes : Answer::TooComplex;
    }

private:
    struct Pair {
        uint32_t one, other;
        bool at_begin;
    };
    struct Closure {
        Threads reading;
        bool accepts = false;
    };

    void add(uint32_t one, uint32_t other, bool at_begin) {
        if (one > other) std::swap(one, other);
        uint64_t key = (uint64_t{one} << 32 | other) << 1 | at_begin;
        if (seen_.insert(key).second) todo_.push_back({one, other, at_begin});
    }

    void follow(const Pair& pair) {
        bool parted = pair.one != pair.other;
        Closure one, other;
        for (bool at_end : {true, false}) {
            one = close(pair.one, {pair.at_begin, at_end});
            other = close(pair.other, {pair.at_begin, at_end});
            ambiguous_ |= parted && one.accepts && other.accepts;
        }
        for (uint8_t byte : a_.byte_classes())
            for (size_t i = 0; i < one.reading.size(); ++i)
                for (size_t j = parted ? 0 : i; j < other.reading.size(); ++j)
                    step(a_[one.reading[i]], a_[other.reading[j]], byte);
    }

    void step(const State& one, const State& other, uint8_t byte) {
        ++work_;
        if (!a_.reads(one, byte) || !a_.reads(other, byte)) return;
        ambiguous_ |= one.next == other.next && &one != &other;
        add(one.next, other.next, false);
    }

    Closure close(uint32_t from, Where where) {
        Closure out;
        ++round_;
        stack_.assign(1, from);
        while (!stack_.empty()) {
            uint32_t t = stack_.back();
            stack_.pop_back();
            ++work_;
            ambiguous_ |= visited_[t] == round_;
            if (visited_[t] == round_) continue;
            visited_[t] = round_;
            const State& s = a_[t];
            out.accepts |= s.kind == State::Kind::Accept;
            if (s.kind == State::Kind::Read) out.reading.push_back(t);
            if (s.kind == State::Kind::Fork) stack_.push_back(s.second);
            if (s.kind == State::Kind::Fork || (s.kind == State::Kind::Place && holds(s.symbol, where)))
                stack_.push_back(s.next);
        }
        return out;
    }

    const Automaton& a_;
    std::vector<Pair> todo_;
    std::unordered_set<uint64_t> seen_;
    std::vector<size_t> visited_;
    Threads stack_;
    size_t round_ = 0, work_ = 0;
    bool ambiguous_ = false;
};

}  // namespace

Answer first_is_longest(const Node& root) {
    Automaton automaton(root);
    return automaton.too_large() ? Answer::TooComplex : LongestSearch(automaton).run();
}

Answer is_unambiguous(const Node& root) {
    Automaton automaton(root);
    return automaton.too_large() ? Answer::TooComplex : AmbiguitySearch(automaton).is_unambiguous();
}

}  // namespace gsp::ir::regex
