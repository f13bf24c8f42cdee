// SPDX-License-Identifier: Apache-2.0
// Element trees against the schema.
#include "frontend/parse.h"

#include "test/unit/frontend/parsed.h"

namespace gsp {
namespace {

TEST(Parse, BuildsTheTree) {
    const Parsed parsed(
        "<scenario name=\"call &amp; hang up\">\n"
        "  <Global variables=\"a,b&amp;lt;\"/>\n"
        "  <send retrans=\"0x1f4\" next=\"end\"><!-- c --><![CDATA[\n    BYE sip:x SIP/2.0\n]]></send>\n"
        "  <recv response=\"200\" optional=\"true\" rrs=\"True\" lost=\"1.5\">\n"
        "    <action><ereg regexp=\"a\\.b&amp;lt;\" assign_to=\"1\"/><log message=\"[$1]\"/></action>\n  </recv>\n"
        "  <pause milliseconds=\"2.5\"/>\n  <label id=\"end\"/>\n"
        "</scenario>\n");
    ASSERT_TRUE(parsed.scenario) << render_text(parsed.diag, false);
    EXPECT_EQ(parsed.found(), Found{});
    const ast::Scenario& s = *parsed.scenario;
    EXPECT_EQ(s.name, "call & hang up");
    EXPECT_EQ(parsed.place(s.range), "1:1+36");
    ASSERT_EQ(s.children.size(), 5u);
    EXPECT_EQ(s.children[0].find("variables")->value, "a,b<");
    const ast::Element& send = s.children[1];
    EXPECT_EQ(send.spec, find_element("send"));
    EXPECT_EQ(parsed.place(send.name_range), "3:4+4");
    EXPECT_EQ(send.find("retrans")->number, 500);
    EXPECT_EQ(parsed.place(send.find("next")->value_range), "3:31+3");
    EXPECT_FALSE(send.find("timeout"));
    ASSERT_TRUE(send.message);
    const ast::Element& recv = s.children[2];
    EXPECT_FALSE(recv.message);
    EXPECT_EQ(recv.find("rrs")->number, 1);
    EXPECT_EQ(recv.find("lost")->number, 1.5);
    EXPECT_FALSE(recv.find("response")->number);
    ASSERT_EQ(recv.actions.size(), 2u);
    EXPECT_EQ(recv.actions[0].spec, find_action("ereg"));
    EXPECT_EQ(recv.actions[0].find("regexp")->value, "a\\.b<");
    EXPECT_TRUE(recv.actions[1].find("message")->text);
    EXPECT_EQ(s.children[3].find("milliseconds")->number, 2.5);
}

TEST(Parse, Diagnostics) {
    const struct {
        std::string body;  // between <scenario> and </scenario>, which start in column 11
        Found found;
        bool accepted;
    } rows[] = {
        {"<sned/>", {"unknown-element 1:12+4"}, false},
        {"<scenario/>", {"unknown-element 1:12+8"}, false},
        {"<sendCmd foo='1'>x</sendCmd>",
         {"stray-text 1:28+1", "unknown-attribute 1:20+3", "missing-message 1:12+7"},
         false},
        {"<nop><action><lgo/></action></nop>", {"unknown-action 1:25+3"}, false},
        {"<nop><action><closecon/></action></nop>", {}, true},
        {"<init><nop/><label id='a'/></init>", {}, true},
        {"<init><recv request='X'/><bridge/></init>", {"not-in-init 1:18+4", "unknown-element 1:37+6"}, false},
        {"<nop><foo/><action><lgo/></action></nop>", {"ignored-element 1:17+3", "ignored-element 1:23+6"}, true},
        {"<nop><action/><action><lgo/></action></nop>", {"ignored-element 1:26+6"}, true},
        {"<label id='1'><x/></label>", {"misplaced-element 1:26+1"}, true},
        {"<nop><action><log message='x'><y/></log></action></nop>", {"misplaced-element 1:42+1"}, true},
        {"<nop><![CDATA[x]]></nop>", {"stray-text 1:25+1"}, true},
        {"<![CDATA[x]]>", {"stray-text 1:20+1"}, true},
        {"<nop nxt='1'/>", {"unknown-attribute 1:16+3"}, true},
        {"<nop next='1' next='2' nxet='1'/>", {"duplicate-attribute 1:25+4", "unknown-attribute 1:34+4"}, true},
        {"<recv response_txn='x'/>", {}, true},
        {"<label/>", {"missing-attribute 1:12+5"}, false},
        {"<nop><action><log/></action></nop>", {"missing-attribute 1:25+3"}, false},
        {"<recv timeout='5s'/>", {"bad-duration 1:26+2"}, false},
        {"<recv timeout='[$t]'/><pause milliseconds='[$t]'/>", {}, true},
        {"<recv timeout='[$]'/>", {"bad-duration 1:26+3"}, false},
        {"<recv timeout='99999999999'/>", {"bad-duration 1:26+11"}, false},
        {"<recv timeout='010'/><recv timeout='-1'/>", {}, true},
        {"<send retrans='x'><![CDATA[A b]]></send>", {"bad-integer 1:26+1"}, false},
        {"<nop lost='1,5'/>", {"bad-number 1:22+3"}, false},
        {"<recv timeout=''/>", {"empty-number 1:26+0"}, true},
        {"<pause milliseconds='1,5'/>", {"bad-duration 1:32+3"}, false},
        {"<nop hide='yes'/>", {"bad-flag 1:22+3"}, false},
        {"<nop hide='TRUE' repeat_rtd='0'/>", {}, true},
        {"<recv optional='yes'/>", {"bad-word 1:27+3"}, false},
        {"<recv optional='global'/>", {}, true},
        {"<nop><action><log message='[foo]'/></action></nop>", {"unknown-keyword 1:38+5"}, false},
        {"<send/>", {"missing-message 1:12+4"}, false},
        {"<send>BYE x</send>", {"stray-text 1:17+5", "missing-message 1:12+4"}, false},
        {"<send><![CDATA[ \n ]]></send>", {"empty-message 1:12+4"}, false},
        {"<send><![CDATA[x]]></send>", {"bad-start-line 1:26+1"}, false},
        {"<send><![CDATA[[service] x]]></send>", {"bad-start-line 1:26+9"}, false},
        {"<send><![CDATA[BYE[service] x]]></send>", {"bad-start-line 1:26+3"}, false},
        {"<send><![CDATA[BYE [service] x]]></send>", {}, true},
        {"<send><![CDATA[SIP/2.0 99 x]]></send>", {"bad-status-code 1:26+12"}, false},
        {"<send><![CDATA[SIP/2.0 700 x]]></send>", {"bad-status-code 1:26+13"}, false},
        {"<send><![CDATA[SIP/2.0 [$x] OK]]></send>", {"bad-status-code 1:26+8"}, false},
        {"<send><![CDATA[SIP/2.0 699 x]]></send>", {}, true},
        {"<send><![CDATA[[own] sip:x SIP/2.0]]></send><send><![CDATA[SIP/2.0 [own] x]]></send>", {}, true},
    };
    for (const auto& row : rows) {
        const Parsed parsed("<scenario>" + row.body + "</scenario>", {{"own"}});
        EXPECT_EQ(parsed.found(), row.found) << row.body;
        EXPECT_EQ(parsed.diag.ok(), row.accepted) << row.body;
    }
}

TEST(Parse, TheFirstOfTwoAttributesCounts) {
    const Parsed parsed("<scenario><recv response='200' response='300'/></scenario>");
    ASSERT_TRUE(parsed.scenario);
    ASSERT_EQ(parsed.scenario->children.at(0).attrs.size(), 1u);
    EXPECT_EQ(parsed.scenario->children.at(0).find("response")->value, "200");
}

TEST(Parse, Suggestions) {
    const struct {
        const char *body, *note;
    } rows[] = {
        {"<sned/>", "did you mean `<send>`?"},
        {"<nop><action><asign/></action></nop>", "did you mean `<assign>`?"},
        {"<recv reponse='200'/>", "did you mean `response`?"},
        {"<recv optional='ture'/>", "did you mean `true`?"},
    };
    for (const auto& row : rows) {
        const Parsed parsed(std::string("<scenario>") + row.body + "</scenario>");
        ASSERT_EQ(parsed.diag.all().size(), 1u) << row.body;
        ASSERT_EQ(parsed.diag.all()[0].notes.size(), 1u) << row.body;
        EXPECT_EQ(parsed.diag.all()[0].notes[0].text, row.note);
    }
}

TEST(Parse, WarningsAsErrorsRefuseTheFile) {
    SourceFile file("f", "<scenario><nop foo='1'/></scenario>");
    Diag strict(file, {true, {}});
    parse_scenario(file, strict);
    EXPECT_FALSE(strict.ok());
    Diag quiet(file, {true, {"unknown-attribute"}});
    parse_scenario(file, quiet);
    EXPECT_TRUE(quiet.ok());
}

TEST(Parse, OtherRootElements) {
    EXPECT_EQ(Parsed("<?xml version='1.0'?><html/>").found(), Found{"not-a-scenario 1:23+4"});
}

// One row of the tables, one element that is recognised.
TEST(Parse, EveryRowOfTheTablesIsRecognised) {
    for (const auto specs : {element_specs(), action_specs()}) {
        for (const ElementSpec& spec : specs) {
            if (spec.kind == ElementKind::Root) continue;
            std::string body = std::string("<") + spec.name + "/>";
            if (spec.kind == ElementKind::Action) body = "<nop><action>" + body + "</action></nop>";
            const Parsed parsed("<scenario>" + body + "</scenario>");
            for (const Diagnostic& d : parsed.diag.all()) {
                EXPECT_NE(d.id, D::UnknownElement) << spec.name;
                EXPECT_NE(d.id, D::UnknownAction) << spec.name;
            }
        }
    }
}

TEST(Dump, ShowsEverythingWithItsPlace) {
    const Parsed parsed(
        "<scenario name='x'>\n<send retrans='500' foo='\"'><![CDATA[A b\\x01[cseq+1][k]\n\n]]><action><log "
        "message='[last_Via:]'/>"
        "<log message='[fill variable=v]'/></action></send></scenario>",
        {{"k"}});
    ASSERT_TRUE(parsed.scenario) << render_text(parsed.diag, false);
    EXPECT_EQ(ast::dump(*parsed.scenario, parsed.file),
              "scenario \"x\"  @1:1\n"
              "  send  @2:1\n"
              "    retrans = \"500\" (500)  @2:16\n"
              "    foo = \"\\\"\" (unknown)  @2:26\n"
              "    message  @2:38\n"
              "      literal \"A b\\x01\"  @2:38\n"
              "      keyword cseq +1  @2:45\n"
              "      user_key \"k\"  @2:53\n"
              "      literal \"\\n\\n\"  @4:1\n"
              "    log  @4:12\n"
              "      message = \"[last_Via:]\"  @4:26\n"
              "        keyword last_ \"Via:\"  @4:26\n"
              "    log  @4:40\n"
              "      message = \"[fill variable=v]\"  @4:54\n"
              "        keyword fill variable=\"v\"  @4:54\n");
}

}  // namespace
}  // namespace gsp
