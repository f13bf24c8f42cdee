// SPDX-License-Identifier: Apache-2.0
#include "frontend/schema.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace gsp {
namespace {

TEST(Schema, ElementsHaveTheirRows) {
    const ElementSpec* recv = find_element("recv");
    ASSERT_TRUE(recv);
    EXPECT_EQ(recv->kind, ElementKind::Step);
    const AttrSpec* optional = find_attr(*recv, "optional");
    ASSERT_TRUE(optional);
    EXPECT_EQ(optional->kind, AttrKind::Enum);
    EXPECT_STREQ(optional->words, "true false global");
    EXPECT_TRUE(find_attr(*recv, "next")) << "common attributes belong to every step";
    EXPECT_FALSE(find_attr(*recv, "nxt"));
    EXPECT_FALSE(find_attr(*recv, "")) << "the row behind the last must not show";

    EXPECT_EQ(find_element("scenario")->kind, ElementKind::Root);
    EXPECT_EQ(find_element("label")->kind, ElementKind::Mark);
    EXPECT_TRUE(find_attr(*find_element("label"), "id")->required);
    EXPECT_EQ(find_element("init")->kind, ElementKind::Block);
    EXPECT_FALSE(find_element("Send"));
}

TEST(Schema, ActionsKnowTheirRow) {
    std::set<std::string> names;
    for (size_t i = 0; i < action_specs().size(); ++i) {
        const ElementSpec& spec = action_specs()[i];
        EXPECT_EQ(spec.action, i) << spec.name;
        EXPECT_EQ(spec.kind, ElementKind::Action);
        EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
        EXPECT_EQ(find_action(spec.name), &spec);
        for (const AttrSpec& attr : spec.attrs) EXPECT_NE(std::string(attr.name), "") << spec.name;
    }
    EXPECT_TRUE(find_action("log")->row_driven);
    EXPECT_FALSE(find_action("ereg")->row_driven);
    EXPECT_EQ(find_attr(*find_action("ereg"), "regexp")->kind, AttrKind::Regex);
    EXPECT_FALSE(find_action("nothing"));
}

TEST(Schema, KeywordLookup) {
    const struct {
        std::string_view name;
        const char* row;
    } rows[] = {
        {"branch", "branch"},
        {"branch2", nullptr},
        {"last_Via:", "last_"},
        {"last_cseq_number", "last_cseq_number"},
        {"last_Request_URI", "last_Request_URI"},
        {"last_Request_URIs", "last_"},
        {"last_message", "last_message"},
        {"$x", "$"},
        {"field0", "field"},
        {"len", "len"},
        {"", nullptr},
        {"Branch", nullptr},
    };
    for (const auto& row : rows) {
        const KeywordSpec* spec = find_keyword(row.name);
        EXPECT_EQ(spec ? spec->name : std::string("-"), row.row ? row.row : std::string("-")) << row.name;
    }
    EXPECT_EQ(find_keyword("field0")->shape, KeywordShape::Number);
    EXPECT_TRUE(find_keyword("file")->find_arg("name")->required);
    EXPECT_EQ(find_keyword("cryptotag1audio")->endings(), "1audio 1video 2audio 2video");
    EXPECT_EQ(find_keyword("local_port")->bound, Bound::Run);
    EXPECT_EQ(find_keyword("cseq")->shape, KeywordShape::Offset);
}

}  // namespace
}  // namespace gsp
