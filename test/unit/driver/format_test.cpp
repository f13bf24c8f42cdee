// SPDX-License-Identifier: Apache-2.0
#include "driver/fmt/format.h"

#include <gtest/gtest.h>

namespace gsp::driver {
namespace {

// The result, or what is wrong: "id …".
std::string formatted(const std::string& text) {
    const SourceFile file("t.xml", text);
    Diag diag(file);
    const std::optional<std::string> out = format_scenario(file, diag);
    EXPECT_EQ(out.has_value(), diag.ok()) << text;
    if (out) return *out;
    std::string ids;
    for (const Diagnostic& d : diag.all())
        if (d.severity == Severity::Error) ids += diag_info(d.id).name;
    return ids;
}

std::string ids_of(const std::string& text) {
    const SourceFile file("t.xml", text);
    Diag diag(file);
    format_scenario(file, diag);
    std::string ids;
    for (const Diagnostic& d : diag.all()) ids += std::string(diag_info(d.id).name) + ' ';
    return ids;
}

struct Row {
    const char *in, *out;
};

void expect(const Row& row) {
    EXPECT_EQ(formatted(row.in), row.out) << row.in;
    EXPECT_EQ(formatted(row.out), row.out) << "not stable";
}

TEST(Format, Layout) {
    const Row rows[] = {
        {"<scenario/>", "<scenario/>\n"},
        {"<scenario></scenario>", "<scenario/>\n"},
        {"<scenario>", "<scenario/>\n"},
        {"\n\n<scenario>\n\n\n<nop/><nop  a = 'x'  b=\"y\" />\n\n\n\n\t<pause></pause>\n\n</scenario>\n\n",
         "<scenario>\n  <nop/>\n  <nop a=\"x\" b=\"y\"/>\n\n  <pause/>\n</scenario>\n"},
        {"<scenario><recv response='200'><action><log message='a\n b'/></action></recv></scenario>",
         "<scenario>\n  <recv response=\"200\">\n    <action>\n      <log message=\"a\n b\"/>\n    </action>\n  "
         "</recv>\n</scenario>\n"},
        {"<scenario a='say \"hi\"'/>", "<scenario a='say \"hi\"'/>\n"},
        {"\xef\xbb\xbf <?xml version='1.0'?> <!DOCTYPE a\n  SYSTEM \"b\" [<!ENTITY c \"> \">]>\n<?p  q ?>\n<a/>",
         "\xef\xbb\xbf<?xml version='1.0'?>\n<!DOCTYPE a\n  SYSTEM \"b\" [<!ENTITY c \"> \">]>\n<?p  q ?>\n<a/>\n"},
        {"<a>\r\n<b c='d\r\ne'/>\r\n\r\n<b/></a>", "<a>\r\n  <b c=\"d\r\ne\"/>\r\n\r\n  <b/>\r\n</a>\r\n"},
        {"<a>\n<b/>\r<c/>\r\n</a>", "<a>\n  <b/>\n  <c/>\n</a>\n"},
    };
    for (const Row& row : rows) expect(row);
}

TEST(Format, LongTagsAreWrapped) {
    const std::string value(60, 'x');
    const std::string attributes = " a=\"" + value + "\" bc=\"" + value + "\" d=\"" + value + "\" e=\"1\"";
    expect({("<s><recv" + attributes + "/></s>").c_str(),
            ("<s>\n  <recv a=\"" + value + "\" bc=\"" + value + "\"\n        d=\"" + value + "\" e=\"1\"/>\n</s>\n")
                .c_str()});
    const std::string fits = "  <recv a=\"" + value + "\" bc=\"" + std::string(60, 'y') + "\"/>\n";
    ASSERT_EQ(fits.size(), 141u);
    expect({("<s>" + fits + "</s>").c_str(), ("<s>\n" + fits + "</s>\n").c_str()});
}

TEST(Format, Comments) {
    const Row rows[] = {
        {"<!-- a --><s><!--b--></s><!-- c -->", "<!-- a -->\n<s> <!--b-->\n</s> <!-- c -->\n"},
        {"<s>\n<nop/>  <!-- beside -->\n<!-- below -->\n\n\n<!-- apart --></s>",
         "<s>\n  <nop/> <!-- beside -->\n  <!-- below -->\n\n  <!-- apart -->\n</s>\n"},
        {"<s>\n      <!-- one\n           two  \n\n         three\n      -->\n</s>",
         "<s>\n  <!-- one\n       two\n\n     three\n  -->\n</s>\n"},
        {"<s>\n\t<!-- one\n\t\ttwo -->\n</s>", "<s>\n  <!-- one\n          two -->\n</s>\n"},
        {"<s>\n<!-- one\ntwo -->\n</s>", "<s>\n  <!-- one\n  two -->\n</s>\n"},
        {"<s>\n        <!-- one\n two -->\n</s>", "<s>\n  <!-- one\ntwo -->\n</s>\n"},
        {"<s><nop/> <!-- one\ntwo --></s>", "<s>\n  <nop/>\n  <!-- one\ntwo -->\n</s>\n"},
        {"<s><!-- --x ---- -- y - ---></s>", "<s> <!-- - -x ==== - - y - - -->\n</s>\n"},
        {"<s>\n<nop/>\n<!-- open\n</s>\n", "<s>\n  <nop/>\n  <!-- open\n  </s> -->\n</s>\n"},
    };
    for (const Row& row : rows) expect(row);
}

TEST(Format, Messages) {
    const Row rows[] = {
        // Header lines flush, body lines as they are among themselves, the last line end as it is.
        {"<s><send>\n<![CDATA[\n\n\n INVITE x \n\tVia: y\t\n   \n   <a>\n     <b>\n\n\n   </a>\n\n\n]]>\n</send></s>",
         "<s>\n  <send>\n    <![CDATA[\n\n      INVITE x\n      Via: y\n\n      <a>\n        <b>\n\n\n      </a>\n\n   "
         " "
         "]]>\n  </send>\n</s>\n"},
        {"<s><send><![CDATA[\nACK x\n]]></send></s>", "<s>\n  <send><![CDATA[\n    ACK x\n  ]]></send>\n</s>\n"},
        {"<s><send><![CDATA[ACK x\n\nbody]]></send></s>",
         "<s>\n  <send><![CDATA[\n    ACK x\n\n    body]]></send>\n</s>\n"},
        {"<s><send>\n<![CDATA[ACK x  ]]>\n<action/></send></s>",
         "<s>\n  <send>\n    <![CDATA[\n      ACK x]]>\n    <action/>\n  </send>\n</s>\n"},
        {"<s><send><![CDATA[\nACK x\n]]><action/></send></s>",
         "<s>\n  <send><![CDATA[\n    ACK x\n  ]]>\n    <action/>\n  </send>\n</s>\n"},
        {"<s><sendCmd><![CDATA[ \n ]]></sendCmd></s>", "<s>\n  <sendCmd><![CDATA[]]></sendCmd>\n</s>\n"},
        // The second CDATA section, and those of other elements, mean nothing: kept.
        {"<s><send><![CDATA[A b\n]]><![CDATA[ \n c ]]></send><nop><![CDATA[\n  d ]]></nop></s>",
         "<s>\n  <send><![CDATA[\n    A b\n  ]]>\n    <![CDATA[ \n c ]]>\n  </send>\n  <nop><![CDATA[\n  d "
         "]]></nop>\n</s>\n"},
        {"<s><send><![CDATA[\r\nA b\r\n\r\n\r\n]]></send></s>\r\n",
         "<s>\r\n  <send><![CDATA[\r\n    A b\r\n\r\n  ]]></send>\r\n</s>\r\n"},
    };
    for (const Row& row : rows) expect(row);
}

// Files to be included may hold several elements, and templates may be used where white space counts.
TEST(Format, PartsAndTemplates) {
    const Row rows[] = {
        {"<recv/><nop/>\n\n\n<!-- c --><send/>", "<recv/>\n<nop/>\n\n<!-- c -->\n<send/>\n"},
        {"<action> <log message=''/></action>", "<action>\n  <log message=\"\"/>\n</action>\n"},
        {"<template name='a'><![CDATA[ \n\tx\n ]]></template><template name='b'>\n<![CDATA[y]]>\n</template>",
         "<template name=\"a\"><![CDATA[ \n\tx\n ]]></template>\n<template name=\"b\">\n  "
         "<![CDATA[y]]>\n</template>\n"},
        {"<scenario xmlns:xi='u'><xi:include  href='a.xml'></xi:include></scenario>",
         "<scenario xmlns:xi=\"u\">\n  <xi:include href=\"a.xml\"/>\n</scenario>\n"},
    };
    for (const Row& row : rows) expect(row);
}

TEST(Format, Repairs) {
    const Row rows[] = {
        {"<s><a v=\"1\"w=\"2\"/></s>", "<s>\n  <a v=\"1\" w=\"2\"/>\n</s>\n"},
        {"<s v=\"<a> & &lt; &#65; &b;\"/>", "<s v=\"&lt;a> &amp; &lt; &#65; &amp;b;\"/>\n"},
        {"<!DOCTYPE s [<!ENTITY b \"\">]><s v=\"&b; &c;\"/>",
         "<!DOCTYPE s [<!ENTITY b \"\">]>\n<s v=\"&b; &amp;c;\"/>\n"},
        {"<s v=\"\\\"x\\\" \\\\\" w='\\'\"'/>", "<s v=\"&quot;x&quot; \\\\\" w='\\&apos;\"'/>\n"},
        {"<s v=\"C:\\\"/>", "<s v=\"C:\\\"/>\n"},  // no repair needed, so a backslash is one
        {"<s><a v=\"1 w=\"2\"/></s>", "<s>\n  <a v=\"1\" w=\"2\"/>\n</s>\n"},
        {"<s><a v=\"1\", w=\"2\" x=3/></s>", "<s>\n  <a v=\"1\" w=\"2\"/>\n</s>\n"},
        {"<s v=\"1\" v=\"2\"/>", "<s v=\"1\"/>\n"},
        {"<s><a v=\"1\"\n</a></s", "<s>\n  <a v=\"1\"/>\n</s>\n"},
        {"<s><a/></t>", "<s>\n  <a/>\n</s>\n"},
        {"<s><a><b/>", "<s>\n  <a>\n    <b/>\n  </a>\n</s>\n"},
        {"<s> this & \n\n\n that ]]> <a/></s>", "<s>\n  this &amp;\n\n  that ]]&gt;\n  <a/>\n</s>\n"},
        {"<!-- x -->\n<?xml encoding=\"UTF-8\"?>\n<s/>",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x -->\n<s/>\n"},
    };
    for (const Row& row : rows) expect(row);
    EXPECT_EQ(ids_of("<s v=\"1\" v=\"2\"w=\"<\"/>"), "missing-space duplicate-attribute raw-lt-in-value ");
}

TEST(Format, RefusesWhatItCannotKeep) {
    for (const char* text : {"<s/>tail", "<s/><t/>tail", "<scenario/><nop/>", "head<s/>", "<s/><![CDATA[x]]>",
                             "<s/><?xml version=\"1.0\"?>", "<?xml version=\"1.0\"?><?xml version=\"1.0\"?><s/>"})
        EXPECT_EQ(formatted(text), "cannot-format") << text;
    EXPECT_EQ(formatted("<s><a></s>"), "unclosed-element");
    EXPECT_EQ(formatted(""), "no-element");
    EXPECT_EQ(formatted(std::string("<s>\0</s>", 8)), "nul-byte");
}

// Whatever happens to a file: what comes out is stable, or nothing does.
TEST(Format, DamagedFiles) {
    const std::string text =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE s [<!ENTITY e \"x\">]>\n<s a='\"' b=\"\\\"&e;\">\n <!-- c\n  d -->\n"
        "<send c=\"1\"><![CDATA[\n  A b\n\n  x\n]]><action>  <log m=\"&amp;\"/> <!-- e --></action></send> t\n</s>\n";
    const std::string_view inserted[] = {"",    "<",    ">",  "\"", "'",  "\\", "&",   "-",
                                         "]]>", "<!--", "\n", "\r", "\t", "/",  "<a ", "</a>"};
    int kept = 0;
    for (size_t at = 0; at <= text.size(); ++at) {
        for (const std::string_view s : inserted) {
            for (const size_t removed : {size_t{0}, size_t{1}}) {
                std::string damaged = text;
                damaged.replace(at, removed, s);
                const SourceFile file("t.xml", damaged);
                Diag diag(file);
                const auto once = format_scenario(file, diag);
                if (!once) continue;
                ++kept;
                ASSERT_EQ(formatted(*once), *once) << damaged;
            }
        }
    }
    EXPECT_GT(kept, 1000);
}

}  // namespace
}  // namespace gsp::driver
