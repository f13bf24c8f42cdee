// SPDX-License-Identifier: Apache-2.0
// One line of text on each word of the language, from documentation.def. Constant data; empty: no such row.
#pragma once
#include <string_view>

namespace gsp {

std::string_view element_doc(std::string_view name);
std::string_view action_doc(std::string_view name);
std::string_view attribute_doc(std::string_view owner, std::string_view name);  // owner: element or action
std::string_view keyword_doc(std::string_view name);                            // as in the row of keywords.def

std::string_view keyword_arg_doc(std::string_view keyword, std::string_view name);

}  // namespace gsp
