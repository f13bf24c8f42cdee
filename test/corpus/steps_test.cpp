// SPDX-License-Identifier: Apache-2.0
// Every scenario of the corpus compiles to native code, and its steps, as our screen shows
// them, are those that SIPp's screen shows (steps.jsonl).
#include <gtest/gtest.h>

#include <boost/json/src.hpp>
#include <filesystem>
#include <fstream>

#include "driver/compile/codegen_library.h"
#include "driver/compile/front.h"
#include "runtime/load.h"
#include "runtime/stats/screen.h"

namespace gsp {
namespace {

std::filesystem::path corpus() {
    const char* path = getenv("GSP_CORPUS");
    return path ? path : GSP_CORPUS;
}

bool is_arrow(std::string_view word) {
    return word.starts_with("<-") || word.starts_with("--");
}

// "4 :         200 <----------  E-RTD1 " and "4:200 <---------- E-RTD1" become "4 200 <---------- E-RTD1". The oracle
// was cut out of a screen: a number behind an arrow, the label of a server's messages, was taken for a counter, so it
// is left out here too; the mark of a timer may stand in its place.
std::string normal(const std::string& line) {
    std::vector<std::string> words;
    std::string word;
    for (char c : line + " ") {
        if (c != ' ' && c != ':' && c != '[' && c != ']')
            word += c;
        else if (!word.empty())
            words.push_back(std::exchange(word, ""));
    }
    std::string out;
    for (size_t i = 0; i < words.size(); ++i) {
        bool number = words[i].find_first_not_of("0123456789") == std::string::npos;
        if (i > 0 && number && is_arrow(words[i - 1])) continue;
        if (words[i].starts_with("B-RTD") || words[i].starts_with("E-RTD")) continue;
        out += words[i] + " ";
    }
    return out;
}

std::vector<codegen::Symbol> runtime_symbols() {
    std::vector<codegen::Symbol> symbols;
    for (const rt::AbiFunction& f : rt::abi_functions()) symbols.push_back({f.name, f.address});
    return symbols;
}

// SIPp 3.7.7 takes a start tag without `>` in this file for the end of the scenario and loads one step of nine; we
// repair it (docs/sipp_differences.md).
constexpr std::string_view kReadBetter = "drachtio+drachtio-server/test/scenarios/uac-notify-during-call-setup.xml";

// Empty when the steps are those of the oracle, else the first difference.
std::string difference(const gsp_program& program, const boost::json::array& expected) {
    std::vector<std::string> ours;
    for (uint32_t i = 0; i < program.n_steps; ++i)
        if (!(program.steps[i].flags & GSP_STEP_HIDE)) ours.push_back(normal(rt::step_title(program, i)));
    for (size_t i = 0; i < std::max(ours.size(), expected.size()); ++i) {
        std::string theirs = i < expected.size() ? normal(std::string(expected[i].as_string())) : "nothing";
        if (i >= ours.size() || ours[i] != theirs)
            return "step " + std::to_string(i) + ": SIPp has `" + theirs + "`, we `" +
                   (i < ours.size() ? ours[i] : "nothing") + "`";
    }
    return "";
}

TEST(Corpus, EveryScenarioCompilesToSippsSteps) {
    std::ifstream lines(corpus() / "steps.jsonl");
    if (!lines) GTEST_SKIP() << "no corpus in " << corpus();
    std::string error;
    const codegen::Api* api = driver::open_codegen(error);
    ASSERT_TRUE(api) << error;
    std::vector<codegen::Symbol> symbols = runtime_symbols();
    int compiled = 0, need_keys = 0;
    for (std::string line; std::getline(lines, line);) {
        boost::json::object row = boost::json::parse(line).as_object();
        std::string path(row["path"].as_string());
        if (row["v377"].is_null() && row["master"].is_null()) continue;
        driver::FrontResult front =
            driver::compile_front(driver::read_scenario({(corpus() / "scenarios" / path).string(), false}, error), {});
        if (!front.program) {
            bool needs_key = false;
            for (const Diagnostic& d : front.diag->all()) needs_key |= d.id == D::UnknownKeyword;
            EXPECT_TRUE(needs_key) << path << " is refused:\n" << render_text(*front.diag, false);
            need_keys++;
            continue;
        }
        codegen::JitResult jit = api->jit(*front.program, symbols, {.opt_level = 1});
        ASSERT_TRUE(jit.program) << path << ": " << jit.error;
        rt::Result<void> fits = rt::check_program(jit.program->program());
        ASSERT_TRUE(fits.ok()) << path << ": " << fits.error().text;
        compiled++;
        std::string found;
        for (const char* version : {"v377", "master"}) {
            if (row[version].is_null()) continue;
            found = difference(jit.program->program(), row[version].as_array());
            if (found.empty()) break;
        }
        EXPECT_EQ(found.empty(), path != kReadBetter) << path << ": " << found;
    }
    std::cout << compiled << " scenarios compiled, " << need_keys << " need -key\n";
    EXPECT_GT(compiled, 1900);
}

}  // namespace
}  // namespace gsp
