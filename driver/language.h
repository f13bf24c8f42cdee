// SPDX-License-Identifier: Apache-2.0
// What the tools need to know of the language beyond the tables of frontend/schema.h, and how its rows are shown to
// people. Constant data.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "frontend/schema.h"

namespace gsp::driver {

// A CDATA section with a message, in which white space around lines means nothing.
bool takes_message(std::string_view element);
bool takes_text(std::string_view element);  // any CDATA section: also <template>, whose white space may mean something
bool takes_actions(const ElementSpec&);
// The rows that may be children of `element`: of scenario, init and action. (A step's one child is `action`, no row.)
std::vector<const ElementSpec*> children_of(std::string_view element);

constexpr std::string_view kInclude = "xi:include";  // stands wherever elements do

std::string value_form(const AttrSpec&);       // "number", "true|false", "msg|hdr|body|var"
std::string keyword_form(const KeywordSpec&);  // "[cseq+n]"

}  // namespace gsp::driver
