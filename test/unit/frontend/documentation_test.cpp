// SPDX-License-Identifier: Apache-2.0
#include "frontend/documentation.h"

#include <gtest/gtest.h>

#include <string>

#include "frontend/schema.h"

namespace gsp {
namespace {

void expect_doc(std::string_view text, const std::string& of) {
    ASSERT_FALSE(text.empty()) << "no row in documentation.def for " << of;
    EXPECT_TRUE(text.ends_with('.')) << of;
    EXPECT_EQ(text.find('\n'), text.npos) << of;
}

TEST(Documentation, EveryRowOfTheSchemaHasOne) {
    for (const ElementSpec& spec : element_specs()) {
        expect_doc(element_doc(spec.name), spec.name);
        for (const AttrSpec& attr : spec.attrs)
            expect_doc(attribute_doc(spec.name, attr.name), std::string(spec.name) + '/' + attr.name);
    }
    for (const ElementSpec& spec : action_specs()) {
        expect_doc(action_doc(spec.name), spec.name);
        for (const AttrSpec& attr : spec.attrs)
            expect_doc(attribute_doc(spec.name, attr.name), std::string(spec.name) + '/' + attr.name);
    }
    for (const KeywordSpec& spec : keyword_specs()) {
        expect_doc(keyword_doc(spec.name), spec.name);
        for (const AttrSpec& arg : spec.args())
            expect_doc(keyword_arg_doc(spec.name, arg.name), std::string(spec.name) + ' ' + arg.name);
    }
}

TEST(Documentation, OwnRowsComeBeforeCommonOnes) {
    EXPECT_NE(attribute_doc("jump", "value"), attribute_doc("add", "value"));
    EXPECT_EQ(attribute_doc("send", "next"), attribute_doc("recv", "next"));
    EXPECT_EQ(attribute_doc("recv", "nothing"), "");
    EXPECT_EQ(keyword_doc("branches"), "");
}

}  // namespace
}  // namespace gsp
