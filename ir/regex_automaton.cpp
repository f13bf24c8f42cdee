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

enum class Neighbour { None, Word, Other };  // of a place between two bytes

Neighbour neighbour(uint8_t byte) {
    return isalnum(byte) || byte == '_' ? Neighbour::Word : Neighbour::Other;
}

bool holds(char symbol, Neighbour before, Neighbour after) {
    bool word_before = before == Neighbour::Word, word_after = after == Neighbour::Word;
    switch (symbol) {
    case '^':
    case '`': return before == Neighbour::None;
    case '$':
    case '\'': return after == Neighbour::None;
    case 'b': return word_before != word_after;
    case 'B': return word_before == word_after;
    case '<': return !word_before && word_after;
    default: return word_before && !word_after;
    }
}

class Automaton {
public:
    explicit Automaton(const Node& root) {
        states_.push_back({State::Kind::Accept});
        start_ = build(root, 0);
        classify_bytes();
    }

    bool too_large() const { return states_.size() > kMaxStates; }
    bool has_places() const { return has_places_; }
    uint32_t start() const { return start_; }
    std::vector<Neighbour> starts() const {  // what can precede a match
        if (!has_places_) return {Neighbour::None};
        return {Neighbour::None, Neighbour::Word, Neighbour::Other};
    }
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
        case Kind::Assert: has_places_ = true; return add({State::Kind::Place, next, 0, 0, n.symbol});
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

    // Bytes that are in the same sets (and, where places count, are word characters or not alike) lead to the same
    // threads.
    void classify_bytes() {
        std::vector<ByteSet> sets = sets_;
        if (has_places_) {
            sets.emplace_back();
            for (size_t i = 1; i < 256; ++i) sets.back().set(i, neighbour(static_cast<uint8_t>(i)) == Neighbour::Word);
        }
        std::unordered_set<std::string> seen;
        for (size_t byte = 1; byte < 256; ++byte) {
            std::string member;
            for (const ByteSet& set : sets) member += set[byte] ? '1' : '0';
            if (seen.insert(member).second) representatives_.push_back(static_cast<uint8_t>(byte));
        }
    }

    std::vector<State> states_;
    std::vector<ByteSet> sets_;
    std::vector<uint8_t> representatives_;
    uint32_t start_ = 0;
    bool has_places_ = false;
};

using Threads = std::vector<uint32_t>;

struct Pair {
    Threads kept, lost;
    Neighbour before;
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
        for (Neighbour before : a_.starts()) add({{a_.start()}, {}, before});
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
        std::string key(1, static_cast<char>(pair.before));
        for (const Threads* threads : {&pair.kept, &pair.lost}) {
            for (uint32_t t : *threads) key.append({static_cast<char>(t >> 8), static_cast<char>(t)});
            key.append("\xff\xff");
        }
        if (seen_.insert(std::move(key)).second) todo_.push_back(std::move(pair));
    }

    void follow(const Pair& pair) {
        close(pair, Neighbour::None);  // the end of the subject; what follows matters to places only
        for (uint8_t byte : a_.byte_classes()) {
            Neighbour after = Neighbour::None;
            if (a_.has_places()) {
                after = neighbour(byte);
                close(pair, after);
            }
            ++round_;
            Pair next{step(kept_, byte), step(lost_, byte), after};
            std::sort(next.lost.begin(), next.lost.end());
            add(std::move(next));
        }
    }

    // Follows all that reads nothing: the reading threads of the pair at a place, in order, are kept_ and lost_ then.
    void close(const Pair& pair, Neighbour after) {
        kept_.clear();
        lost_.clear();
        ++round_;
        bool accepted = false;
        for (uint32_t t : pair.kept) close_one(t, pair.before, after, accepted ? lost_ : kept_, accepted);
        bool kept_accepts = accepted;
        for (uint32_t t : pair.lost) close_one(t, pair.before, after, lost_, accepted);
        differs_ |= accepted && !kept_accepts;
    }

    // Once accepted, what is found later goes to the lost threads.
    void close_one(uint32_t from, Neighbour before, Neighbour after, Threads& out, bool& accepted) {
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
                if (holds(s.symbol, before, after)) stack_.push_back(s.next);
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
        for (Neighbour before : a_.starts()) add(a_.start(), a_.start(), before);
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
        Neighbour before;
    };
    struct Closure {
        Threads reading;
        bool accepts = false;
    };

    void add(uint32_t one, uint32_t other, Neighbour before) {
        if (one > other) std::swap(one, other);
        uint64_t key = (uint64_t{one} * kMaxStates + other) * 3 + static_cast<uint64_t>(before);
        if (seen_.insert(key).second) todo_.push_back({one, other, before});
    }

    void follow(const Pair& pair) {
        follow(pair, Neighbour::None, 0);
        for (uint8_t byte : a_.byte_classes()) follow(pair, a_.has_places() ? neighbour(byte) : Neighbour::None, byte);
    }

    // byte 0: the end of the subject
    void follow(const Pair& pair, Neighbour after, uint8_t byte) {
        Closure one = close(pair.one, pair.before, after), other = close(pair.other, pair.before, after);
        bool parted = pair.one != pair.other;
        ambiguous_ |= parted && one.accepts && other.accepts;
        for (size_t i = 0; i < one.reading.size(); ++i) {
            if (!a_.reads(a_[one.reading[i]], byte)) continue;
            for (size_t j = parted ? 0 : i; j < other.reading.size(); ++j) {
                ++work_;
                if (!a_.reads(a_[other.reading[j]], byte)) continue;
                uint32_t to = a_[one.reading[i]].next, other_to = a_[other.reading[j]].next;
                ambiguous_ |= to == other_to && (parted || i != j);
                add(to, other_to, after);
            }
        }
    }

    Closure close(uint32_t from, Neighbour before, Neighbour after) {
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
            if (s.kind == State::Kind::Fork || (s.kind == State::Kind::Place && holds(s.symbol, before, after)))
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
