// SPDX-License-Identifier: Apache-2.0
// See templates.h.
#include "frontend/templates.h"

#include <algorithm>

#include "frontend/text.h"
#include "frontend/xml_lint.h"

namespace gsp {

namespace {

constexpr std::string_view kKeyword = "template";
constexpr int kMaxNesting = 16;
constexpr size_t kMaxUse = 4096;         // bytes between the brackets
constexpr size_t kMaxBytes = 16u << 20;  // of all uses together
constexpr size_t kUseCost = 64;          // what a use costs beside its text

// As for every keyword: the first `]` outside of quotes and of brackets inside. npos: none.
size_t closing_bracket(std::string_view s, size_t open) {
    bool in_quotes = false;
    int depth = 0;
    const size_t stop = std::min(s.size(), open + 1 + kMaxUse);
    for (size_t i = open + 1; i < stop; ++i) {
        const char c = s[i];
        if (in_quotes && c == '\\') {
            ++i;
        } else if (in_quotes) {
            in_quotes = c != '"' && c != '\n';
        } else if (c == '"') {
            in_quotes = true;
        } else if (c == '[') {
            ++depth;
        } else if (c == ']' && depth-- == 0) {
            return i;
        }
    }
    return s.npos;
}

}  // namespace

Templates::Templates(SourceFile& file, const XmlElement& root, Diag& diag) : file_(file), diag_(diag) {
    for (const XmlElement& e : root.children)
        if (file_.text(e.name) == kKeyword) define(e);
}

void Templates::define(const XmlElement& e) {
    Template defined{e.name, {e.range.end(), 0}};
    if (e.cdata) defined.text = trimmed(file_, *e.cdata);
    if (defined.text.length == 0) diag_.emit(e.cdata ? D::EmptyMessage : D::MissingMessage, e.name, {"template"});
    const auto name =
        std::find_if(e.attrs.begin(), e.attrs.end(), [&](const XmlAttr& a) { return file_.text(a.name) == "name"; });
    if (name == e.attrs.end()) return;  // an error of the schema
    defined.name = name->value;
    const std::string key = decode_attribute(file_, name->value, true).bytes;
    const auto [other, is_new] = templates_.emplace(key, defined);
    // A file that is included twice defines its templates twice: the same ones.
    const auto place = [&](const Template& t) { return file_.first_offset(t.name.begin); };
    if (!is_new && place(other->second) != place(defined))
        diag_.emit(D::DuplicateTemplate, defined.name, {key}).note("the first one counts", other->second.name);
}

MappedText Templates::expand(const MappedText& in) {
    if (in.bytes.find("[template") == in.bytes.npos) return in;
    MappedText out{in.file, in.end};
    copy(in, nullptr, out);
    return out;
}

void Templates::copy(const MappedText& in, Use* inside, MappedText& out) {
    const std::string_view s = in.bytes;
    for (size_t i = 0; i < s.size();) {
        if (s[i] == '[') {
            const size_t word_end = std::min(s.find_first_of("[] \t\n", i + 1), s.size() - 1);
            const std::string_view word = s.substr(i + 1, word_end - i - 1);
            const size_t close = word == kKeyword && is_blank(s[word_end]) ? closing_bracket(s, i) : s.npos;
            if (close != s.npos) {
                ++nesting_;
                use(in, i, close, inside, out);
                --nesting_;
                i = close + 1;
                continue;
            }
            const auto argument = inside && s[word_end] == ']' ? inside->arguments.find(word) : Arguments::iterator();
            if (inside && s[word_end] == ']' && argument != inside->arguments.end()) {
                argument->second.used = true;
                if (fits(argument->second.value.bytes.size(), in.range(i, word_end + 1)))
                    out.append(argument->second.value);
                i = word_end + 1;
                continue;
            }
        }
        out.push(s[i], in.from[i]);
        ++i;
    }
}

void Templates::use(const MappedText& in, size_t open, size_t close, Use* inside, MappedText& out) {
    const SourceRange at = in.range(open, close + 1);
    if (nesting_ > kMaxNesting) {
        diag_.emit(D::TemplateLimit, at, {std::to_string(kMaxNesting) + " templates inside one another"});
        return;
    }
    Arguments arguments;
    if (!read_arguments(in, open + 1 + kKeyword.size(), close, inside, arguments)) return;
    const auto name = arguments.extract("name");
    if (name.empty()) {
        diag_.emit(D::MissingKeywordArg, at, {std::string(kKeyword), "name"});
        return;
    }
    const MappedText& word = name.mapped().value;
    Template* found = find(word);
    if (!found || is_cycle(*found, inside, at, word.bytes) || !fits(found->text.length + kUseCost, at)) return;
    found->used = true;
    Use use{found, std::move(arguments), inside};
    const SourceRange segment = file_.add_again(found->text, {SourceFile::Way::Template, at});
    copy(plain_text(file_, segment), &use, out);
    for (const auto& [key, argument] : use.arguments)
        if (!argument.used)
            diag_.emit(D::UnknownKeywordArg, argument.key, {"template name=\"" + word.bytes + "\"", key})
                .note("the template's text has no `[" + key + "]`", found->name);
}

bool Templates::read_arguments(const MappedText& in, size_t begin, size_t end, Use* inside, Arguments& out) {
    const std::string_view s = in.bytes;
    const auto skip_blanks = [&](size_t i) { return std::min(s.find_first_not_of(" \t\n", i), end); };
    for (size_t i = skip_blanks(begin); i < end; i = skip_blanks(i)) {
        const size_t key_begin = i;
        while (i < end && s[i] != '=' && !is_blank(s[i])) ++i;
        const std::string key(s.substr(key_begin, i - key_begin));
        if (i == end || s[i] != '=' || key.empty()) {
            diag_.emit(D::BadKeywordArg, in.range(key_begin, std::max(i, key_begin + 1)), {key});
            return false;
        }
        const SourceRange key_range = in.range(key_begin, i);
        const MappedText value = read_keyword_value(in, ++i, end);
        Argument argument{key_range, {value.file, value.end}};
        copy(value, inside, argument.value);
        if (const auto [first, is_new] = out.emplace(key, std::move(argument)); !is_new)
            diag_.emit(D::DuplicateAttribute, key_range, {key}).note("the first one counts", first->second.key);
    }
    return true;
}

Templates::Template* Templates::find(const MappedText& name) {
    if (const auto found = templates_.find(name.bytes); found != templates_.end()) return &found->second;
    const SourceRange where = name.range(0, name.bytes.size());
    auto handle = diag_.emit(D::UnknownTemplate, where, {name.bytes});
    std::vector<std::string_view> known;
    for (const auto& [key, value] : templates_) known.push_back(key);
    const std::string_view meant = nearest(name.bytes, known);
    if (!meant.empty()) handle.note("did you mean `" + std::string(meant) + "`?", where);
    return nullptr;
}

bool Templates::is_cycle(const Template& what, const Use* inside, SourceRange at, std::string_view name) {
    for (const Use* u = inside; u; u = u->outer) {
        if (u->what != &what) continue;
        diag_.emit(D::TemplateCycle, at, {std::string(name)});
        return true;
    }
    return false;
}

bool Templates::fits(size_t bytes, SourceRange at) {
    used_bytes_ += bytes;
    if (used_bytes_ <= kMaxBytes) return true;
    if (!full_) diag_.emit(D::TemplateLimit, at, {std::to_string(kMaxBytes >> 20) + " MiB"});
    full_ = true;
    return false;
}

void Templates::report_unused() {
    for (const auto& [name, t] : templates_)
        if (!t.used && file_.origin(t.name.begin).way == SourceFile::Way::Main)
            diag_.emit(D::UnusedTemplate, t.name, {name});
}

}  // namespace gsp
