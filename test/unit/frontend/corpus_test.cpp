// SPDX-License-Identifier: Apache-2.0
// Both XML readers on every file of the corpus of real scenarios. The corpus lies outside of the project (environment
// variable GSP_CORPUS, else beside the source tree); without it the test is skipped.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "frontend/xml_reader.h"
#include "frontend/xml_tolerant.h"

namespace gsp {
namespace {

std::string corpus_dir() {
    const char* dir = std::getenv("GSP_CORPUS");
    return dir ? dir : GSP_CORPUS_DIR;
}

bool same(const XmlElement& a, const XmlElement& b) {
    const auto equal = [](SourceRange x, SourceRange y) { return x.begin == y.begin && x.length == y.length; };
    const bool heads = equal(a.range, b.range) && equal(a.name, b.name) && a.attrs.size() == b.attrs.size() &&
                       a.children.size() == b.children.size() && a.cdata.has_value() == b.cdata.has_value();
    if (!heads || (a.cdata && !equal(*a.cdata, *b.cdata))) return false;
    for (size_t i = 0; i < a.attrs.size(); ++i)
        if (!equal(a.attrs[i].name, b.attrs[i].name) || !equal(a.attrs[i].value, b.attrs[i].value)) return false;
    for (size_t i = 0; i < a.children.size(); ++i)
        if (!same(a.children[i], b.children[i])) return false;
    return true;
}

// The tolerant reader sees few files in daily life; here it must find in every file what pugixml finds, to the byte.
TEST(Corpus, BothReadersSeeTheSame) {
    if (!std::filesystem::exists(corpus_dir() + "/scenarios")) GTEST_SKIP() << "no corpus in " << corpus_dir();
    int compared = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus_dir() + "/scenarios")) {
        if (entry.path().extension() != ".xml") continue;
        const auto file = SourceFile::read(entry.path().string());
        ASSERT_TRUE(file) << entry.path();
        Diag diag(*file), tolerant_diag(*file);
        const XmlPart whole{*file, {0, static_cast<uint32_t>(file->text().size())}, false};
        XmlLint lint(*file, whole.range, tolerant_diag);
        const auto one = read_xml(*file, diag);
        const auto other = read_xml_tolerant(whole, tolerant_diag, lint);
        EXPECT_EQ(one.has_value(), other.has_value()) << entry.path() << '\n' << render_text(tolerant_diag, false);
        if (!one || !other) continue;
        EXPECT_TRUE(same(*one, other->front())) << entry.path() << '\n' << render_text(tolerant_diag, false);
        ++compared;
    }
    EXPECT_GT(compared, 2000);
}

}  // namespace
}  // namespace gsp
