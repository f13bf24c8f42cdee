// SPDX-License-Identifier: Apache-2.0
// See includes.h.
#include "frontend/includes.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <utility>

#include "frontend/decode.h"

namespace gsp {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInclude = "xi:include", kFallback = "xi:fallback";
constexpr int kMaxNesting = 16;
constexpr size_t kMaxIncludes = 1000;
constexpr size_t kMaxBytes = 16u << 20;  // of all together, each time that a file is included

class Resolver {
public:
    Resolver(SourceFile& file, const FileReader& reader, Diag& diag) : file_(file), reader_(reader), diag_(diag) {}

    Includes run(XmlElement& root) {
        content(root);
        return std::move(out_);
    }

private:
    using Elements = std::vector<XmlElement>;

    void content(XmlElement& parent);
    // What stands in place of `include`.
    Elements replacement(const XmlElement& include, const XmlElement& parent);
    std::optional<SourceRange> href(const XmlElement& include);
    const XmlElement* fallback(const XmlElement& include);
    bool may_include(const std::string& path, SourceRange at);
    ast::Include load(const std::string& path, SourceFile::Origin);
    Elements read(SourceRange segment, const XmlElement& parent);

    std::string path_of(SourceRange href) const;
    bool is(SourceRange name, std::string_view word) const { return file_.text(name) == word; }
    void fail(D id, SourceRange where, std::vector<std::string> args) {
        diag_.emit(id, where, std::move(args));
        out_.complete = false;
    }

    SourceFile& file_;
    const FileReader& reader_;
    Diag& diag_;
    Includes out_;
    size_t bytes_ = 0, count_ = 0, elements_ = 0;
};

void Resolver::content(XmlElement& parent) {
    Elements children;
    for (XmlElement& child : parent.children) {
        if (!is(child.name, kInclude)) {
            if (++elements_ == kMaxElements + 1) fail(D::TooManyElements, child.name, {std::to_string(kMaxElements)});
            if (elements_ > kMaxElements) break;
            content(child);
            children.push_back(std::move(child));
            continue;
        }
        Elements found = replacement(child, parent);
        std::move(found.begin(), found.end(), std::back_inserter(children));
    }
    parent.children = std::move(children);
}

Resolver::Elements Resolver::replacement(const XmlElement& include, const XmlElement& parent) {
    const XmlElement* instead = fallback(include);
    const std::optional<SourceRange> where = href(include);
    if (!where) return {};
    const std::string path = path_of(*where);
    if (!may_include(path, *where)) return {};
    XmlElement taken;
    taken.name = parent.name;
    const ast::Include file = load(path, {SourceFile::Way::Include, include.range});
    bytes_ += file.bytes ? file.bytes->length : 0;
    if (bytes_ > kMaxBytes) {
        fail(D::IncludeLimit, *where, {std::to_string(kMaxBytes >> 20) + " MiB"});
    } else if (file.bytes) {
        taken.children = read(*file.bytes, parent);
    } else if (instead) {
        taken.children = instead->children;
    } else {
        fail(D::IncludeFailed, *where, {path, std::strerror(file.error)});
    }
    content(taken);
    return std::move(taken.children);
}

// Checks all attributes. Nothing: an error was emitted.
std::optional<SourceRange> Resolver::href(const XmlElement& include) {
    std::optional<SourceRange> found;
    bool usable = true;
    for (const XmlAttr& a : include.attrs) {
        const std::string name(file_.text(a.name));
        if (name == "href") {
            if (!found) found = a.value;
        } else if (name == "parse" && !is(a.value, "xml")) {
            diag_.emit(D::BadWord, a.value, {name, std::string(file_.text(a.value)), "xml"})
                .note("parts of messages are written as `<template>`");
            usable = false;
        } else if (name == "xpointer") {
            diag_.emit(D::IncludePart, a.name, {name});
            usable = false;
        } else if (name != "parse" && !name.starts_with("xmlns")) {
            diag_.emit(D::UnknownAttribute, a.name, {name, std::string(kInclude)});
        }
    }
    if (!found) diag_.emit(D::MissingAttribute, include.name, {std::string(kInclude), "href"});
    if (found && usable) return found;
    out_.complete = false;
    return std::nullopt;
}

const XmlElement* Resolver::fallback(const XmlElement& include) {
    const XmlElement* found = nullptr;
    for (const XmlElement& child : include.children) {
        if (is(child.name, kFallback) && !found) {
            found = &child;
        } else {
            diag_.emit(D::MisplacedElement, child.name, {std::string(file_.text(child.name)), std::string(kInclude)});
        }
    }
    return found;
}

std::string Resolver::path_of(SourceRange href) const {
    const fs::path beside = fs::path(file_.name(href.begin)).parent_path();
    const std::string path = (beside / decode_attribute(file_, href, false).bytes).string();
    return path == "-" ? "./-" : path;  // not the standard input
}

bool Resolver::may_include(const std::string& path, SourceRange at) {
    int nesting = 1;
    for (uint32_t offset = at.begin;; ++nesting) {
        if (fs::path(file_.name(offset)).lexically_normal() == fs::path(path).lexically_normal()) {
            fail(D::IncludeCycle, at, {path});
            return false;
        }
        const SourceFile::Origin& origin = file_.origin(offset);
        if (origin.way == SourceFile::Way::Main) break;
        offset = origin.at.begin;
    }
    std::string limit;
    if (nesting > kMaxNesting) limit = std::to_string(kMaxNesting) + " files inside one another";
    if (++count_ > kMaxIncludes) limit = std::to_string(kMaxIncludes) + " files";
    if (limit.empty()) return true;
    fail(D::IncludeLimit, at, {limit});
    return false;
}

// The file, read when it is named for the first time: its bytes are then the segment of that place.
ast::Include Resolver::load(const std::string& path, SourceFile::Origin origin) {
    const auto known = std::find_if(out_.files.begin(), out_.files.end(),
                                    [&](const ast::Include& include) { return include.path == path; });
    if (known != out_.files.end()) {
        ast::Include again = *known;
        if (again.bytes) again.bytes = file_.add_again(*known->bytes, origin);
        return again;
    }
    ast::Include& read = out_.files.emplace_back();
    read.path = path;
    if (std::optional<std::string> text = reader_(path)) {
        read.bytes = file_.add(path, std::move(*text), origin);
    } else {
        read.error = errno;
    }
    return read;
}

Resolver::Elements Resolver::read(SourceRange segment, const XmlElement& parent) {
    std::optional<Elements> elements = read_xml_fragment(file_, segment, diag_);
    if (!elements) {
        out_.complete = false;
        return {};
    }
    const XmlElement& first = elements->front();
    if (elements->size() > 1 || file_.text(first.name) != file_.text(parent.name)) return std::move(*elements);
    if (first.cdata) diag_.emit(D::StrayText, *first.cdata);
    return Elements(first.children);
}

}  // namespace

Includes resolve_includes(SourceFile& file, XmlElement& root, const FileReader& reader, Diag& diag) {
    return Resolver(file, reader, diag).run(root);
}

}  // namespace gsp
