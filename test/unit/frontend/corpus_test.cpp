// SPDX-License-Identifier: Apache-2.0
// Every file of the corpus of real scenarios that SIPp loads must get through the reader. The corpus lies outside of
// the project (environment variable GSP_CORPUS, else beside the source tree); without it the test is skipped.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "frontend/parse.h"
#include "frontend/xml_tolerant.h"

namespace gsp {
namespace {

std::string corpus_dir() {
    const char* dir = std::getenv("GSP_CORPUS");
    return dir ? dir : GSP_CORPUS_DIR;
}

// One record of a CSV file with quoted fields.
std::vector<std::string> csv_record(std::istream& in) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (int c = in.get(); c != EOF; c = in.get()) {
        if (c == '"') {
            const bool doubled = quoted && in.peek() == '"';
            if (doubled) {
                in.get();
                fields.back() += '"';
            } else {
                quoted = !quoted;
            }
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else if (c == '\n' && !quoted) {
            return fields;
        } else if (c != '\r') {
            fields.back() += static_cast<char>(c);
        }
    }
    return fields.size() > 1 ? fields : std::vector<std::string>{};
}

std::vector<std::string> keys_needed(const std::string& needs) {
    std::vector<std::string> keys;
    for (size_t at = needs.find("-key "); at != std::string::npos; at = needs.find("-key ", at + 1)) {
        const size_t begin = at + 5;
        keys.push_back(needs.substr(begin, needs.find_first_of("; ", begin) - begin));
    }
    return keys;
}

struct Verdict {
    std::string path, error, needs;
    bool accepted;
};

// Empty if there is no corpus.
std::vector<Verdict> verdict_rows() {
    std::vector<Verdict> rows;
    std::ifstream in(corpus_dir() + "/verdicts.csv");
    const std::vector<std::string> header = csv_record(in);
    std::map<std::string, size_t> column;
    for (size_t i = 0; i < header.size(); ++i) column[header[i]] = i;
    for (auto record = csv_record(in); !record.empty(); record = csv_record(in)) {
        const auto field = [&](const char* name) { return record.at(column.at(name)); };
        rows.push_back({field("path"), field("error"), field("needs"), field("verdict") == "accepted"});
    }
    return rows;
}

TEST(Corpus, ReadsWhatSippReads) {
    const std::vector<Verdict> rows = verdict_rows();
    if (rows.empty()) GTEST_SKIP() << "no corpus in " << corpus_dir();
    std::map<std::string, int> warnings, errors;
    int loaded = 0, later = 0, refused = 0, wrongly_refused = 0, wrongly_taken = 0;
    for (const Verdict& row : rows) {
        const auto file = SourceFile::read(corpus_dir() + "/scenarios/" + row.path);
        ASSERT_TRUE(file) << row.path;
        Diag diag(*file);
        const auto scenario = parse_scenario(*file, diag, {keys_needed(row.needs)});
        std::set<D> ids;
        for (const Diagnostic& d : diag.all()) {
            ids.insert(d.id);
            ++(d.severity == Severity::Error ? errors : warnings)[diag_info(d.id).name];
        }
        EXPECT_TRUE(scenario.has_value() || !diag.ok()) << row.path;
        bool other_error = false;
        for (const D id : ids) other_error |= diag_info(id).severity == Severity::Error && id != D::NotYetSupported;
        if (diag.ok()) {
            ++loaded;
            if (!row.accepted) {
                ++wrongly_taken;
                std::cout << "left to later phases: " << row.path << ": " << row.error << '\n';
            }
        } else if (!other_error) {
            ++later;
        } else {
            ++refused;
            if (row.accepted) {
                ++wrongly_refused;
                ADD_FAILURE() << render_text(diag, false);
            }
        }
    }
    std::cout << "loaded " << loaded << ", need what is not supported yet " << later << ", refused " << refused
              << " (wrongly " << wrongly_refused << "), refused by SIPp but loaded here " << wrongly_taken << '\n';
    for (const auto& [name, count] : warnings) std::cout << "  warning " << name << ' ' << count << '\n';
    for (const auto& [name, count] : errors) std::cout << "  error " << name << ' ' << count << '\n';
    EXPECT_GT(loaded + later, static_cast<int>(rows.size()) * 9 / 10);
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
    int compared = 0;
    for (const auto& row : verdict_rows()) {
        const auto file = SourceFile::read(corpus_dir() + "/scenarios/" + row.path);
        ASSERT_TRUE(file) << row.path;
        Diag diag(*file), tolerant_diag(*file);
        XmlLint lint(*file, tolerant_diag);
        const auto one = read_xml(*file, diag);
        const auto other = read_xml_tolerant(*file, tolerant_diag, lint);
        EXPECT_EQ(one.has_value(), other.has_value()) << row.path << '\n' << render_text(tolerant_diag, false);
        if (!one || !other) continue;
        EXPECT_TRUE(same(*one, *other)) << row.path << '\n' << render_text(tolerant_diag, false);
        ++compared;
    }
    if (compared == 0) GTEST_SKIP() << "no corpus in " << corpus_dir();
}

}  // namespace
}  // namespace gsp
