// SPDX-License-Identifier: Apache-2.0
#include "frontend/documentation.h"

#include <span>

namespace gsp {

namespace {

struct Row {
    std::string_view owner, name, text;
};

constexpr Row kElements[] = {
#define ELEMENT_DOC(name, text) {"", #name, text},
#include "frontend/documentation.def"
};
constexpr Row kActions[] = {
#define ACTION_DOC(name, text) {"", #name, text},
#include "frontend/documentation.def"
};
constexpr Row kAttributes[] = {
#define ATTRIBUTE_DOC(owner, name, text) {#owner, #name, text},
#define COMMON_ATTRIBUTE_DOC(name, text) {"", #name, text},
#include "frontend/documentation.def"
};
constexpr Row kKeywords[] = {
#define KEYWORD_DOC(name, text) {"", #name, text},
#include "frontend/documentation.def"
};
constexpr Row kKeywordArgs[] = {
#define KEYWORD_ARGUMENT_DOC(keyword, name, text) {#keyword, #name, text},
#include "frontend/documentation.def"
};

std::string_view find(std::span<const Row> rows, std::string_view owner, std::string_view name) {
    for (const Row& row : rows)
        if (row.owner == owner && row.name == name) return row.text;
    return {};
}

}  // namespace

std::string_view element_doc(std::string_view name) {
    return find(kElements, "", name);
}
std::string_view action_doc(std::string_view name) {
    return find(kActions, "", name);
}
std::string_view attribute_doc(std::string_view owner, std::string_view name) {
    const std::string_view own = find(kAttributes, owner, name);
    return own.empty() ? find(kAttributes, "", name) : own;
}
std::string_view keyword_doc(std::string_view name) {
    return find(kKeywords, "", name);
}
std::string_view keyword_arg_doc(std::string_view keyword, std::string_view name) {
    return find(kKeywordArgs, keyword, name);
}

}  // namespace gsp
